//! `esxi schema`.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;

pub fn run(out: &Out) -> Result<Exit, Failure> {
    out.json(&esxi_core::spec::json_schema());
    Ok(Exit::Fine)
}
