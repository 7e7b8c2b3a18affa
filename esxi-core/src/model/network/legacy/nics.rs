//! `esxcfg-nics` (layout verified: 7.0.3 and 7.x/8.x, the same fixed columns).

use super::{Machine, Output, Read, not_modelled, read, words};
use crate::model::network::show::{legacy_pci, mtu, speed};
use crate::model::network::wording;
use crate::model::wording::not_found;
use crate::value::VmnicName;
use std::fmt::Write;

pub(in crate::model) fn nics(machine: &mut Machine, argv: &[String]) -> Output {
    let words = words(argv);
    let valued = [('s', "speed"), ('d', "duplex")];
    let Some(given) = Read::new(&words, &valued, &[('l', "list"), ('a', "auto")]) else {
        return not_modelled("esxcfg-nics", &words);
    };
    match (given.action("lasd"), &given.rest[..]) {
        (Some('l'), []) => Output::ok(list(machine)),
        (Some(_), [nic]) => set(machine, nic, &given).unwrap_or_else(|output| output),
        _ => not_modelled("esxcfg-nics", &words),
    }
}

/// `-a` negotiates; `-s` and `-d` stand together (believed).
fn set(machine: &mut Machine, nic: &str, given: &Read<'_>) -> Result<Output, Output> {
    let fixed = match (given.get('a'), given.get('s'), given.get('d')) {
        (Some(_), None, None) => None,
        (None, Some(speed), Some(duplex @ ("full" | "half"))) => {
            Some((read("speed", speed)?, duplex == "full"))
        }
        (None, Some(_), Some(duplex)) => return Err(Output::refused(format!("Invalid duplex: {duplex}"))),
        _ => return Err(Output::refused(wording::SPEED_AND_DUPLEX)),
    };
    let known = machine.state.nics.get_key_value(nic).map(|(name, _)| name.clone());
    let name: VmnicName = known.ok_or_else(|| Output::refused(not_found(&format!("find nic {nic}"))))?;
    machine.network.alter_card(&name, |card| card.fixed = fixed);
    Ok(Output::ok(""))
}

fn list(machine: &Machine) -> String {
    let host = &machine.state;
    let mut out =
        "Name    PCI          Driver      Link Speed      Duplex MAC Address       MTU    Description\n"
            .to_owned();
    for (name, nic) in &host.nics {
        let (speed, duplex) = speed(machine, name, nic);
        let _ = writeln!(
            out,
            "{name:<7} {:<12} {:<11} {:<4} {:<10} {duplex:<6} {:<17} {:<6} {}",
            legacy_pci(host.version, &nic.pci),
            nic.driver,
            if nic.link_up { "Up" } else { "Down" },
            format!("{speed}Mbps"),
            nic.mac.to_string(),
            mtu(machine, name),
            nic.description
        );
    }
    out
}
