//! What is asked of hosts that run: `esxi sim fault`, `esxi sim log`.

use super::failed;
use crate::args::{SimFault, SimLog};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::out::Out;
use esxi_core::diag::codes;
use esxi_core::scenario::FaultRule;
use esxi_ssh::sim::{RecordLine, Recorded, Request, ask};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The control socket that a ready file names; `None` when the file is something else.
pub fn control_of(text: &str) -> Option<PathBuf> {
    let ready: Value = serde_json::from_str(text).ok()?;
    ready.get("control").and_then(Value::as_str).map(PathBuf::from)
}

/// Asks the hosts of a ready file.
pub fn asked(ready: &Path, request: &Request) -> Result<Value, Failure> {
    let file = input::read(ready)?;
    let Some(control) = control_of(&file.text) else {
        return Err(not_served(&file.name, "is no ready file of `esxi sim serve`"));
    };
    if !control.exists() {
        return Err(not_served(&file.name, "names hosts that are served no more"));
    }
    ask(&control, request).map_err(failed)
}

fn not_served(name: &str, why: &str) -> Failure {
    let help = "serve hosts with `esxi sim serve --ready-file FILE` and name that file";
    Failure::error(codes::SIM_NOT_SERVED, format!("{name} {why}"), help)
}

pub fn fault(out: &Out, args: &SimFault) -> Result<Exit, Failure> {
    let host = args.host.clone();
    let request = match (&args.lift, args.words.is_empty()) {
        (Some(all), _) if all == "all" => Request::Lift { host, fault: None },
        (Some(number), _) => {
            let fault = crate::cmd::teaming::parse(number, "the number of a fault, or all")?;
            Request::Lift { host, fault: Some(fault) }
        }
        (None, true) => Request::Faults { host },
        (None, false) => Request::Inject { host, rule: rule(&args.words)? },
    };
    let reply = asked(&args.ready, &request)?;
    if out.is_json() {
        out.json(&reply);
        return Ok(Exit::Fine);
    }
    let faults = reply["faults"].as_array().cloned().unwrap_or_default();
    for fault in &faults {
        let waits = fault["active"] == json!(false);
        let text = |field: &str| fault[field].as_str().unwrap_or_default().to_owned();
        let state = if waits { "  waits" } else { "" };
        out.line(format_args!("{} {}: {}{state}", text("host"), fault["id"], text("fault")));
    }
    if faults.is_empty() {
        out.say("nothing goes wrong");
    }
    Ok(Exit::Fine)
}

/// One word is the whole rule, as a file has it; several are its words.
fn rule(words: &[String]) -> Result<FaultRule, Failure> {
    let rule = match words {
        [whole] => whole.parse(),
        several => FaultRule::from_words(several),
    };
    rule.map_err(|error| Failure::error(codes::SIM_FAULT, error.to_string(), error.help()))
}

pub fn log(out: &Out, args: &SimLog) -> Result<Exit, Failure> {
    let file = input::read(&args.from)?;
    let lines: Vec<Value> = if control_of(&file.text).is_some() {
        let reply = asked(&args.from, &Request::Log { host: args.host.clone() })?;
        reply["lines"].as_array().cloned().unwrap_or_default()
    } else {
        let mut lines = Vec::new();
        for (at, line) in file.text.lines().enumerate() {
            let read = serde_json::from_str::<RecordLine>(line);
            let read = read.map_err(|error| no_record(&file.name, &format!("line {}: {error}", at + 1)))?;
            let wanted = args.host.as_ref().is_none_or(|host| *host == read.host);
            if wanted && !matches!(read.what, Recorded::Host { .. }) {
                lines.extend(serde_json::to_value(read));
            }
        }
        lines
    };
    for line in lines {
        if out.is_json() {
            out.line(line);
        } else if let Ok(line) = serde_json::from_value::<RecordLine>(line) {
            out.line(told(&line));
        }
    }
    Ok(Exit::Fine)
}

/// A file that is no record.
pub fn no_record(name: &str, why: &str) -> Failure {
    let help = "make one with `esxi sim serve --record FILE`";
    Failure::error(codes::SIM_RECORD, format!("{name}: {why}"), help)
}

fn told(line: &RecordLine) -> String {
    let what = match &line.what {
        Recorded::Command { client, argv, status, bytes, fault, .. } => {
            let client = client.map_or("-".to_owned(), |client| client.to_string());
            let fault = if *fault { ", by a fault" } else { "" };
            let line = esxi_core::command::shell_line(argv);
            format!("{client} {line}  → {status}, {bytes} bytes{fault}")
        }
        Recorded::Saved => "saved".to_owned(),
        Recorded::Boot { boot } => format!("boot number {boot}"),
        Recorded::FaultBegan { what, .. } => format!("fault: {what}"),
        Recorded::FaultEnded { what, .. } => format!("over: {what}"),
        _ => "is written down".to_owned(),
    };
    format!("{} {} {what}", line.time, line.host)
}
