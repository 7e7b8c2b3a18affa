//! `esxi sim replay`.

use super::control::no_record;
use crate::args::SimReplay;
use crate::cmd::teaming::optional;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::out::Out;
use esxi_core::command::shell_line;
use esxi_ssh::sim::replay;
use serde_json::json;

pub fn run(out: &Out, args: &SimReplay) -> Result<Exit, Failure> {
    let version = optional(args.esxi.as_deref(), "a version of ESXi such as 7.0")?;
    let file = input::read(&args.record)?;
    let found = replay(&file.text, version).map_err(|error| no_record(&file.name, &error.to_string()))?;
    if out.is_json() {
        out.json(&json!({
            "schema": 1,
            "commands": found.commands,
            "skipped": found.skipped,
            "differences": found.differences,
        }));
    } else {
        for one in &found.differences {
            let (then, now) = one.status;
            let status =
                if then == now { String::new() } else { format!(" (status {then} then, {now} now)") };
            out.line(format_args!("{} {}: {}{status}", one.host, one.number, shell_line(&one.argv)));
            one.output.lines().for_each(|line| out.line(format_args!("    {line}")));
        }
        let skipped = match found.skipped {
            0 => String::new(),
            some => format!(", {some} left out"),
        };
        let told = match found.differences.len() {
            0 => "all answered as before".to_owned(),
            1 => "1 answered otherwise".to_owned(),
            several => format!("{several} answered otherwise"),
        };
        out.say(format_args!("{} commands{skipped}: {told}", found.commands));
    }
    Ok(if found.differences.is_empty() { Exit::Fine } else { Exit::Findings })
}
