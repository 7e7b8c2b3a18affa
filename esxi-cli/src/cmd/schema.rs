//! `esxi schema`.

use crate::args::SchemaOf;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;

pub fn run(out: &Out, of: SchemaOf) -> Result<Exit, Failure> {
    out.json(&match of {
        SchemaOf::Host => esxi_core::spec::json_schema(),
        SchemaOf::Scenario => esxi_core::scenario::json_schema(),
    });
    Ok(Exit::Fine)
}
