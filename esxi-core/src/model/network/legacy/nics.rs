//! `esxcfg-nics` (layout verified: 7.0.3 and 7.x/8.x, the same fixed columns).

use super::{Machine, Output, not_modelled, words};
use crate::value::VmnicName;
use std::fmt::Write;

pub(in crate::model) fn nics(machine: &mut Machine, argv: &[String]) -> Output {
    match words(argv)[..] {
        ["-l" | "--list"] => Output::ok(list(machine)),
        ref other => not_modelled("esxcfg-nics", other),
    }
}

fn list(machine: &Machine) -> String {
    let host = &machine.state;
    let mut out =
        "Name    PCI          Driver      Link Speed      Duplex MAC Address       MTU    Description\n"
            .to_owned();
    for (name, nic) in &host.nics {
        let (link, duplex) = if nic.link_up { ("Up", "Full") } else { ("Down", "Half") };
        let _ = writeln!(
            out,
            "{name:<7} {:<12} {:<11} {link:<4} {:<10} {duplex:<6} {:<17} {:<6} {}",
            nic.pci,
            nic.driver,
            format!("{}Mbps", nic.speed_mbps),
            nic.mac.to_string(),
            mtu(machine, name),
            nic.description
        );
    }
    out
}

fn mtu(machine: &Machine, name: &VmnicName) -> u16 {
    let host = &machine.state;
    let switch = host.vswitch_of_uplink(name).and_then(|name| host.vswitches.get(name));
    switch.map_or(1500, |switch| switch.mtu.get())
}
