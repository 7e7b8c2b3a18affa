//! `esxi teaming`.

use crate::args::Teaming;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::diag::codes;
use esxi_core::teaming::{Advice, BondMode, BondOptions, Compat, Fit, OrderRule, SwitchSide, advise};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    #[serde(flatten)]
    advice: &'a Advice,
}

pub fn run(out: &Out, args: &Teaming) -> Result<Exit, Failure> {
    let mode: BondMode = parse(&args.mode, "balance-rr, active-backup, 802.3ad and so on, or 0 to 6")?;
    let switch: Option<SwitchSide> = optional(args.switch.as_deref(), "independent, static-lag or lacp")?;
    let compat: Option<Compat> = optional(args.compat.as_deref(), "packer-maas")?;
    let advice = advise(mode, switch, args.uplinks, &BondOptions { compat, params: Vec::new() });
    if out.is_json() {
        out.json(&Document { schema: 1, advice: &advice });
    } else {
        out.print(text(out, &advice));
        out.findings(&advice.findings, None);
    }
    Ok(if advice.is_usable() { Exit::Fine } else { Exit::Findings })
}

/// A word of a closed list.
pub fn parse<T>(text: &str, known: &str) -> Result<T, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|error: T::Err| {
        Failure::error(codes::WRONG_WORD, error.to_string(), format!("write {known}"))
    })
}

/// A word of a closed list, if one was given.
pub fn optional<T>(text: Option<&str>, known: &str) -> Result<Option<T>, Failure>
where
    T: std::str::FromStr,
    T::Err: std::fmt::Display,
{
    text.map(|text| parse(text, known)).transpose()
}

fn text(out: &Out, advice: &Advice) -> String {
    let switch = advice.switch.map_or("unknown", SwitchSide::word);
    let mut text = format!("{} with {} uplinks, switch side {switch}: ", advice.mode.name(), advice.uplinks);
    text += &match &advice.fit {
        Fit::Exact => out.bold("exact"),
        Fit::Approximated { lost } => format!("{} (lost: {})", out.bold("approximated"), lost.join(", ")),
        Fit::Refused { why, .. } => format!("{} ({why})", out.bold("refused")),
    };
    text.push('\n');
    if let (Some(load_balancing), Some(order)) = (advice.load_balancing, advice.order) {
        let order = match order {
            OrderRule::AllActive => "all uplinks active",
            OrderRule::FirstActive => "the primary active, the others standby",
        };
        let on = |on: bool| if on { "on" } else { "off" };
        text += &format!(
            "  load balancing {}, {order}\n  failure detection {}, notify switches {}, failback {}\n",
            load_balancing.set_word(),
            advice.failure_detection.word(),
            on(advice.notify_switches),
            on(advice.failback)
        );
    }
    text
}
