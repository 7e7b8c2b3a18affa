//! Both sides of the cable: the commands for the host and the configuration of the physical switch that go together.
//!
//! An advice that is usable is written out for the ports as they are; a refused one for the ports as they would have
//! to be, with what must be taken off them first.
//!
//! ```
//! use esxi_core::teaming::switch::{Dialect, Wiring, both_sides};
//! use esxi_core::teaming::{BondMode, BondOptions, SwitchSide, advise};
//!
//! let options = BondOptions::default();
//! let refused = advise(BondMode::Ieee8023ad, Some(SwitchSide::Lacp), 2, &options);
//! let wiring = Wiring { tagged: vec!["10".parse()?, "20".parse()?], ..Wiring::default() };
//! let both = both_sides(&refused, &options, Dialect::Ios, &wiring).map_err(|refusal| refusal.to_string())?;
//! assert_eq!(both.becomes, SwitchSide::StaticLag);
//! assert!(both.switch.iter().any(|line| line == " channel-group 1 mode on"));
//! assert!(both.host[0].join(" ").contains("-l iphash"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod cisco_like;
mod eos;
mod ios;
mod junos;
mod linux;
mod nx_os;

use super::{Advice, BondMode, BondOptions, SwitchSide, advise};
use crate::diag::{Diagnostic, codes};
use crate::state::LoadBalancing;
use crate::value::{SwitchName, VlanId, VmnicName};
use serde::Serialize;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Whose configuration language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Dialect {
    /// Cisco IOS and IOS XE (Catalyst).
    Ios,
    /// Cisco NX-OS (Nexus 3000 and 9000).
    NxOs,
    /// Arista EOS.
    Eos,
    /// Juniper Junos with Enhanced Layer 2 Software (EX, QFX).
    Junos,
    /// A Linux machine as the switch: a bridge with VLAN filtering, by iproute2.
    Linux,
}

impl Dialect {
    /// Every dialect.
    pub const ALL: [Dialect; 5] = [Dialect::Ios, Dialect::NxOs, Dialect::Eos, Dialect::Junos, Dialect::Linux];

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Dialect::Ios => "ios",
            Dialect::NxOs => "nx-os",
            Dialect::Eos => "eos",
            Dialect::Junos => "junos",
            Dialect::Linux => "linux",
        }
    }

    /// The product's name.
    pub fn title(self) -> &'static str {
        match self {
            Dialect::Ios => "Cisco IOS",
            Dialect::NxOs => "Cisco NX-OS",
            Dialect::Eos => "Arista EOS",
            Dialect::Junos => "Junos",
            Dialect::Linux => "Linux",
        }
    }

    /// Name of the port at this position on a switch of which nothing is known.
    fn example_port(self, at: usize) -> String {
        match self {
            Dialect::Ios => format!("GigabitEthernet1/0/{}", at + 1),
            Dialect::NxOs => format!("Ethernet1/{}", at + 1),
            Dialect::Eos => format!("Ethernet{}", at + 1),
            Dialect::Junos => format!("ge-0/0/{at}"),
            Dialect::Linux => format!("swp{}", at + 1),
        }
    }
}

/// A text that is no dialect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a switch's language known here: ios, nx-os, eos, junos or linux")]
pub struct DialectError(String);

impl FromStr for Dialect {
    type Err = DialectError;
    fn from_str(text: &str) -> Result<Self, DialectError> {
        let found = Dialect::ALL.into_iter().find(|dialect| dialect.word() == text.trim());
        found.ok_or_else(|| DialectError(text.to_owned()))
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// How host and switch are cabled.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wiring {
    /// The vSwitch; `vSwitch0` when absent.
    pub vswitch: Option<SwitchName>,
    /// The cards in the order of the ports, as the bond or the host calls them; `vmnic0` and so on when empty.
    pub members: Vec<String>,
    /// The switch's ports, one a card; examples when empty.
    pub ports: Vec<String>,
    /// VLANs of the port groups. 4095 (guest tagging) stands for every VLAN; none makes access ports.
    pub tagged: Vec<VlanId>,
    /// VLAN of untagged frames: the access VLAN, or the native VLAN of a trunk.
    pub native: Option<VlanId>,
    /// Number of the channel; 1 when absent.
    pub channel: Option<u16>,
}

/// What [`both_sides`] worked out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct BothSides {
    /// The switch's language.
    pub dialect: Dialect,
    /// What the ports are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub was: Option<SwitchSide>,
    /// What they are afterwards.
    pub becomes: SwitchSide,
    /// The policy that goes with it.
    pub load_balancing: LoadBalancing,
    /// Commands for the host, one argv each. They come first (VMware KB 1001938).
    pub host: Vec<Vec<String>>,
    /// Configuration lines for the switch.
    pub switch: Vec<String>,
    /// What to know beside it.
    pub notes: Vec<String>,
    /// What is wrong with the VLANs as stated.
    pub findings: Vec<Diagnostic>,
}

/// What a port carries.
enum Vlans {
    /// Untagged frames of this VLAN only; `None` = of the VLAN it has now.
    Access(Option<u16>),
    /// Tagged frames: of these VLANs, or of all; and untagged ones of the native VLAN.
    Trunk { allowed: Option<BTreeSet<u16>>, native: Option<u16> },
}

/// What the ports are to be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Independent,
    Static,
    /// One port that stays in its LACP channel and is to work without LACP.
    Fallback,
}

/// All that a dialect's writer needs.
struct Request {
    ports: Vec<String>,
    /// What is at the other end of each port.
    cards: Vec<String>,
    vlans: Vlans,
    channel: u16,
    shape: Shape,
    /// The ports are in a channel that is not the wanted one.
    leaves_channel: bool,
}

/// `10,20`, or `1-4094`.
fn list(ids: &BTreeSet<u16>, between: &str) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(between)
}

/// Writes an advice out for both ends of the cables: esxcli commands for the host, configuration for the switch. The
/// options are those that the advice was made with.
///
/// # Errors
/// A diagnostic when no configuration of the switch makes it work, when nobody said what the ports are (`NET017`), or
/// when the wiring contradicts itself.
pub fn both_sides(
    advice: &Advice,
    options: &BondOptions,
    dialect: Dialect,
    wiring: &Wiring,
) -> Result<BothSides, Box<Diagnostic>> {
    let becomes = goal(advice)?;
    let kept = advice.is_usable();
    let guests = wiring.tagged.contains(&VlanId::GUEST);
    let mut fitting = match kept {
        true => advice.clone(),
        false => advise(advice.mode, Some(becomes), advice.uplinks, options),
    };
    if guests {
        fitting = fitting.with_guest_tagging();
    }
    let Some(load_balancing) = fitting.load_balancing else { return Err(no_configuration(advice)) };
    let mut findings = Vec::new();
    let request = Request {
        ports: ports(advice, dialect, wiring)?,
        cards: cards(advice, wiring)?,
        vlans: vlans(wiring, &mut findings)?,
        channel: channel(wiring)?,
        shape: match (becomes, advice.uplinks) {
            (SwitchSide::Lacp, _) => Shape::Fallback,
            (SwitchSide::StaticLag, _) => Shape::Static,
            (SwitchSide::Independent, _) => Shape::Independent,
        },
        leaves_channel: !kept && matches!(advice.switch, Some(SwitchSide::StaticLag | SwitchSide::Lacp)),
    };
    let mut notes = notes(advice, dialect, wiring, becomes, &request);
    let switch = match dialect {
        Dialect::Ios => ios::write(&request),
        Dialect::NxOs => nx_os::write(&request),
        Dialect::Eos => eos::write(&request),
        Dialect::Junos => junos::write(&request),
        Dialect::Linux => linux::write(&request),
    };
    notes.extend(own_notes(dialect, &request).into_iter().map(str::to_owned));
    let host = vec![failover_set(&fitting, wiring, &request.cards)];
    Ok(BothSides { dialect, was: advice.switch, becomes, load_balancing, host, switch, notes, findings })
}

/// What the ports have to be: what they are, where that works, else the nearest to what the bond was made for.
fn goal(advice: &Advice) -> Result<SwitchSide, Box<Diagnostic>> {
    let by_policy = match advice.load_balancing {
        Some(LoadBalancing::IpHash) => SwitchSide::StaticLag,
        _ => SwitchSide::Independent,
    };
    if advice.is_usable() {
        return Ok(advice.switch.unwrap_or(by_policy));
    }
    if advice.uplinks == 0 || advice.mode == BondMode::Broadcast {
        return Err(no_configuration(advice));
    }
    if advice.switch.is_none() {
        let message = "what the switch needs depends on what its ports are now, and nobody said";
        let ask = Diagnostic::error(codes::SWITCH_SIDE_UNKNOWN, message)
            .help("say it: --switch independent|static-lag|lacp");
        return Err(Box::new(ask));
    }
    Ok(match advice.mode {
        BondMode::BalanceRr | BondMode::BalanceXor | BondMode::Ieee8023ad => SwitchSide::StaticLag,
        _ => SwitchSide::Independent,
    })
}

fn no_configuration(advice: &Advice) -> Box<Diagnostic> {
    let refusal = advice.findings.iter().find(|finding| finding.is_error()).cloned();
    Box::new(refusal.unwrap_or_else(|| {
        Diagnostic::error(codes::TEAMING_REFUSED, "no configuration of a switch makes this work")
    }))
}

fn wrong(message: String, help: &str) -> Box<Diagnostic> {
    Box::new(Diagnostic::error(codes::WIRING_CONTRADICTS, message).help(help))
}

/// A name that is one word in every dialect and to a shell.
fn is_port(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | ':' | '-' | '_');
    !name.is_empty() && name.len() <= 64 && !name.starts_with('-') && name.chars().all(allowed)
}

fn ports(advice: &Advice, dialect: Dialect, wiring: &Wiring) -> Result<Vec<String>, Box<Diagnostic>> {
    if wiring.ports.is_empty() {
        return Ok((0..advice.uplinks).map(|at| dialect.example_port(at)).collect());
    }
    if let Some(bad) = wiring.ports.iter().find(|port| !is_port(port)) {
        return Err(wrong(
            format!("{bad:?} is no port of a switch"),
            "write it as the switch does, such as Gi1/0/1",
        ));
    }
    same_count("ports", &wiring.ports, advice.uplinks)?;
    Ok(wiring.ports.clone())
}

fn cards(advice: &Advice, wiring: &Wiring) -> Result<Vec<String>, Box<Diagnostic>> {
    if wiring.members.is_empty() {
        return Ok((0..advice.uplinks).map(|at| format!("vmnic{at}")).collect());
    }
    if let Some(bad) = wiring.members.iter().find(|member| !is_port(member)) {
        return Err(wrong(
            format!("{bad:?} is no network card"),
            "write it as vmnic0 or as Linux does, such as eno1",
        ));
    }
    same_count("members", &wiring.members, advice.uplinks)?;
    if let Some(primary) = advice.primary.as_ref().filter(|primary| !wiring.members.contains(primary)) {
        let message = format!("the primary {primary} is none of the members {}", wiring.members.join(", "));
        return Err(wrong(message, "name a member as the primary"));
    }
    Ok(wiring.members.clone())
}

fn same_count(what: &str, names: &[String], uplinks: usize) -> Result<(), Box<Diagnostic>> {
    let different: BTreeSet<_> = names.iter().collect();
    if different.len() < names.len() {
        return Err(wrong(format!("one of the {what} stands twice"), "name each once"));
    }
    match names.len() == uplinks {
        true => Ok(()),
        false => Err(wrong(
            format!("{} {what} for {uplinks} uplinks", names.len()),
            "name one for each uplink, in the same order",
        )),
    }
}

fn channel(wiring: &Wiring) -> Result<u16, Box<Diagnostic>> {
    match wiring.channel.unwrap_or(1) {
        number @ 1..=4096 => Ok(number),
        other => {
            Err(wrong(format!("{other} is no number of a channel"), "take one from 1 to 4096 that is free"))
        }
    }
}

fn vlans(wiring: &Wiring, findings: &mut Vec<Diagnostic>) -> Result<Vlans, Box<Diagnostic>> {
    let native = wiring.native.map(VlanId::get);
    if let Some(bad) = native.filter(|id| !(1..=4094).contains(id)) {
        return Err(wrong(format!("{bad} cannot be a native VLAN"), "name one from 1 to 4094"));
    }
    if wiring.tagged.contains(&VlanId::UNTAGGED) {
        let help = "leave 0 out and name the VLAN that its frames belong to with --native";
        return Err(wrong("a port group with VLAN 0 sends untagged frames".to_owned(), help));
    }
    if wiring.tagged.is_empty() {
        return Ok(Vlans::Access(native));
    }
    if wiring.tagged.contains(&VlanId::GUEST) {
        return Ok(Vlans::Trunk { allowed: None, native });
    }
    let mut allowed: BTreeSet<u16> = wiring.tagged.iter().map(|id| id.get()).collect();
    if let Some(id) = native.filter(|id| allowed.contains(id)) {
        let message =
            format!("VLAN {id} is to be tagged and native: the switch may drop frames that carry its tag");
        let help = format!("give port groups in VLAN {id} the id 0, or make another VLAN the native one");
        findings.push(Diagnostic::warning(codes::VLAN_IS_NATIVE, message).help(help));
    }
    allowed.extend(native);
    Ok(Vlans::Trunk { allowed: Some(allowed), native })
}

/// `esxcli network vswitch standard policy failover set` with every value of the advice.
fn failover_set(advice: &Advice, wiring: &Wiring, cards: &[String]) -> Vec<String> {
    let named = |name: &String| name.parse::<VmnicName>().is_ok();
    let vmnics: Vec<String> = match cards.iter().all(named) {
        true => cards.to_vec(),
        false => (0..cards.len()).map(|at| format!("vmnic{at}")).collect(),
    };
    let primary = advice.primary.as_ref().and_then(|name| {
        let at = cards.iter().position(|card| card == name)?;
        vmnics.get(at)
    });
    let (active, standby) = advice.members(&vmnics, primary);
    let on = |value: bool| if value { "true" } else { "false" };
    let vswitch = wiring.vswitch.as_ref().map_or("vSwitch0", SwitchName::as_str);
    let mut argv: Vec<&str> = "esxcli network vswitch standard policy failover set".split(' ').collect();
    argv.extend(["-v", vswitch, "-l", advice.load_balancing.unwrap_or_default().set_word()]);
    argv.extend(["-f", advice.failure_detection.word(), "-n", on(advice.notify_switches)]);
    argv.extend(["-b", on(advice.failback)]);
    let (active, standby) = (active.join(","), standby.join(","));
    argv.extend(["-a", &active]);
    if !standby.is_empty() {
        argv.extend(["-s", &standby]);
    }
    argv.into_iter().map(str::to_owned).collect()
}

fn notes(
    advice: &Advice,
    dialect: Dialect,
    wiring: &Wiring,
    becomes: SwitchSide,
    request: &Request,
) -> Vec<String> {
    let mut all = Vec::new();
    if let Some(was) = advice.switch.filter(|was| *was != becomes) {
        all.push(format!(
            "the ports change from {was} to {becomes}: the host first, then the switch, with the console at hand, \
             for between the two nothing may answer"
        ));
    }
    if wiring.ports.is_empty() {
        all.push("the names of the ports are examples".to_owned());
    }
    if wiring.members.iter().any(|member| member.parse::<VmnicName>().is_err()) {
        let pairs = wiring.members.iter().enumerate().map(|(at, member)| format!("{member} for vmnic{at}"));
        all.push(format!(
            "{} is taken: compare the MAC addresses with `esxcli network nic list`",
            pairs.collect::<Vec<_>>().join(", ")
        ));
    }
    all.push(
        "the cards are uplinks of the vSwitch already, and a port group with NIC teaming of its own, such as \
         Management Network after an installation, does not follow"
            .to_owned(),
    );
    if request.shape == Shape::Fallback {
        all.push("the VLANs of the channel stay as they are".to_owned());
    } else if let Vlans::Trunk { allowed: Some(ids), .. } = &request.vlans
        && dialect != Dialect::Linux
    {
        all.push(format!("the switch must have the VLANs {}", list(ids, ", ")));
    }
    all
}

/// What belongs to a dialect rather than to the job.
fn own_notes(dialect: Dialect, request: &Request) -> Vec<&'static str> {
    let channel = request.shape == Shape::Static;
    match dialect {
        Dialect::Ios | Dialect::Junos if request.shape == Shape::Fallback => Vec::new(),
        Dialect::Ios => ios::notes(request),
        Dialect::NxOs if channel => nx_os::HASH_NOTES.to_vec(),
        Dialect::Eos if channel => eos::HASH_NOTES.to_vec(),
        Dialect::Junos => junos::notes(request),
        Dialect::Linux => linux::notes(request),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests;
