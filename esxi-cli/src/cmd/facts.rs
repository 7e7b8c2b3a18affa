//! `esxi facts`.

use crate::args::FactsArgs;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::live::{self, Live};
use crate::out::Out;
use crate::show;

pub fn run(out: &Out, args: &FactsArgs) -> Result<Exit, Failure> {
    if let Some(path) = &args.bundle {
        return super::doctor::write(out, &args.host, path, args.keep_names);
    }
    let mut live = Live::connect(&args.host)?;
    let facts = live.facts()?;
    live.close();
    if out.is_json() {
        out.json(&show::FactsDocument::new(facts));
    } else {
        live::warn(out, &facts);
        out.print(show::facts(out, &facts));
    }
    Ok(Exit::Fine)
}
