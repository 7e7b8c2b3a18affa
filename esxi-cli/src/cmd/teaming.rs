//! `esxi teaming`.

use crate::args::Teaming;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::command::shell_line;
use esxi_core::diag::codes;
use esxi_core::teaming::switch::{BothSides, Dialect, Wiring, both_sides};
use esxi_core::teaming::{Advice, BondMode, BondOptions, Compat, Fit, OrderRule, SwitchSide, advise};
use esxi_core::value::{SwitchName, VlanId};
use serde::Serialize;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    #[serde(flatten)]
    advice: &'a Advice,
    #[serde(flatten)]
    order: Option<Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    snippet: Option<&'a BothSides>,
}

/// The members by name, where the command line names them.
#[derive(Serialize)]
struct Order {
    active: Vec<String>,
    standby: Vec<String>,
}

pub fn run(out: &Out, args: &Teaming) -> Result<Exit, Failure> {
    let mode: BondMode = parse(&args.mode, "balance-rr, active-backup, 802.3ad and so on, or 0 to 6")?;
    let switch: Option<SwitchSide> = optional(args.switch.as_deref(), "independent, static-lag or lacp")?;
    let compat: Option<Compat> = optional(args.compat.as_deref(), "packer-maas")?;
    let dialect: Option<Dialect> = optional(args.snippet.as_deref(), "ios, nx-os, eos, junos or linux")?;
    let options = BondOptions { compat, params: params(args)? };
    let wiring = wiring(args)?;
    let mut advice = advise(mode, switch, uplinks(args)?, &options);
    if wiring.tagged.contains(&VlanId::GUEST) {
        advice = advice.with_guest_tagging();
    }
    let order = order(args, &advice)?;
    let both = match dialect {
        Some(dialect) => both_sides(&advice, &options, dialect, &wiring).map(Some),
        None => Ok(None),
    };
    // A mode that no switch makes right is refused by the advice already, and in the same words.
    let both = match both {
        Err(refusal) if advice.findings.contains(&refusal) => None,
        both => both.map_err(|refusal| *refusal)?,
    };
    if out.is_json() {
        out.json(&Document { schema: 1, advice: &advice, order, snippet: both.as_ref() });
    } else {
        out.print(text(out, &advice, order.as_ref()));
        out.findings(&advice.findings, None);
        if let Some(both) = &both {
            out.print(snippet(out, both));
            out.findings(&both.findings, None);
        }
    }
    Ok(if advice.is_usable() { Exit::Fine } else { Exit::Findings })
}

fn uplinks(args: &Teaming) -> Result<usize, Failure> {
    match (args.uplinks, args.members.len()) {
        (Some(uplinks), 0) => Ok(uplinks),
        (None, 0) => Ok(2),
        (None, named) => Ok(named),
        (Some(uplinks), named) if uplinks == named => Ok(named),
        (Some(uplinks), named) => Err(Failure::error(
            codes::WIRING_CONTRADICTS,
            format!("{uplinks} uplinks, and {named} members named"),
            "leave --uplinks out where --members names them",
        )),
    }
}

fn params(args: &Teaming) -> Result<Vec<(String, String)>, Failure> {
    let pair = |text: &String| {
        let (name, value) =
            text.split_once('=').filter(|(name, _)| !name.trim().is_empty()).ok_or_else(|| {
                Failure::error(
                    codes::WRONG_WORD,
                    format!("\"{text}\" is no parameter with its value"),
                    "write --param primary=eno1",
                )
            })?;
        Ok((name.trim().to_owned(), value.trim().to_owned()))
    };
    args.params.iter().map(pair).collect()
}

fn wiring(args: &Teaming) -> Result<Wiring, Failure> {
    let vlan = |text: &String| parse::<VlanId>(text, "ids from 1 to 4094, or 4095 for all");
    let vswitch: Option<SwitchName> = optional(args.vswitch.as_deref(), "a name such as vSwitch0")?;
    Ok(Wiring {
        vswitch,
        members: args.members.clone(),
        ports: args.ports.clone(),
        tagged: args.vlans.iter().map(vlan).collect::<Result<_, _>>()?,
        native: args.native.as_ref().map(vlan).transpose()?,
        channel: args.channel,
    })
}

fn order(args: &Teaming, advice: &Advice) -> Result<Option<Order>, Failure> {
    if args.members.is_empty() || !advice.is_usable() {
        return Ok(None);
    }
    if let Some(primary) = advice.primary.as_ref().filter(|primary| !args.members.contains(primary)) {
        return Err(Failure::error(
            codes::WIRING_CONTRADICTS,
            format!("the primary {primary} is none of the members {}", args.members.join(", ")),
            "name a member as the primary",
        ));
    }
    let (active, standby) = advice.members(&args.members, advice.primary.as_ref());
    Ok(Some(Order { active, standby }))
}

/// Host first, then switch, then what to know beside it.
fn snippet(out: &Out, both: &BothSides) -> String {
    let mut text =
        format!("\n{}\n", out.bold(format_args!("On the host, first ({})", both.load_balancing.set_word())));
    both.host.iter().for_each(|argv| text += &format!("  {}\n", shell_line(argv)));
    let title = format!("On the switch, then ({}, ports {})", both.dialect.title(), both.becomes);
    text += &format!("\n{}\n", out.bold(title));
    both.switch.iter().for_each(|line| text += &format!("  {line}\n"));
    if both.switch.is_empty() {
        text += "  (nothing)\n";
    }
    text += "\n";
    both.notes.iter().for_each(|note| text += &format!("note: {note}\n"));
    text
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

fn text(out: &Out, advice: &Advice, order: Option<&Order>) -> String {
    let switch = advice.switch.map_or("unknown", SwitchSide::word);
    let mut text = format!("{} with {} uplinks, switch side {switch}: ", advice.mode.name(), advice.uplinks);
    text += &match &advice.fit {
        Fit::Exact => out.bold("exact"),
        Fit::Approximated { lost } => format!("{} (lost: {})", out.bold("approximated"), lost.join(", ")),
        Fit::Refused { why, .. } => format!("{} ({why})", out.bold("refused")),
    };
    text.push('\n');
    if let (Some(load_balancing), Some(rule)) = (advice.load_balancing, advice.order) {
        let order = match (order, rule) {
            (Some(Order { active, standby }), _) if standby.is_empty() => {
                format!("active {}", active.join(", "))
            }
            (Some(Order { active, standby }), _) => {
                format!("active {}, standby {}", active.join(", "), standby.join(", "))
            }
            (None, OrderRule::AllActive) => "all uplinks active".to_owned(),
            (None, OrderRule::FirstActive) => "the primary active, the others standby".to_owned(),
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
    advice.remarks.iter().for_each(|remark| text += &format!("  - {remark}\n"));
    text
}
