//! `esxcfg-info`: the host as a tree of lines filled with dots (form verified), cut to what scripts look for.

use super::number;
use super::storage_facts::boot_bank;
use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::{Machine, Output};
use std::fmt::Write;

pub(super) fn info(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &*console.machine;
    match call.texts()[..] {
        // The board's UUID in capitals (verified).
        ["-u" | "--hwuuid"] => Output::ok(format!("{}\n", machine.hardware.uuid_text())),
        ["-b" | "--bootuuid"] => Output::ok(format!("{}\n", boot_bank(machine))),
        ["-a" | "--all"] | [] => Output::ok(hardware(machine) + &network(machine) + &system(machine)),
        ["-w" | "--hardware"] => Output::ok(hardware(machine)),
        ["-n" | "--network"] => Output::ok(network(machine)),
        ["-y" | "--system"] => Output::ok(system(machine)),
        ref other => not_modelled("esxcfg-info", other),
    }
}

/// A heading of a level.
fn head(text: &mut String, level: usize, name: &str) {
    let _ = writeln!(text, "{}+{name} : ", indent(level));
}

/// A value: dots up to a column of its own (believed: 72).
fn line(text: &mut String, level: usize, name: &str, value: &str) {
    let start = format!("{}|----{name}", indent(level));
    let _ = writeln!(text, "{start:.<72}{value}");
}

fn indent(level: usize) -> String {
    " ".repeat(level * 3)
}

fn hardware(machine: &Machine) -> String {
    let mut text = String::new();
    head(&mut text, 0, "Hardware Info");
    let bytes: Vec<String> = machine
        .hardware
        .uuid_text()
        .replace('-', "")
        .as_bytes()
        .chunks(2)
        .map(|pair| format!("0x{}", String::from_utf8_lossy(pair).to_lowercase()))
        .collect();
    line(&mut text, 1, "BIOS UUID", &bytes.join(" "));
    line(&mut text, 1, "Product Name", &machine.hardware.product);
    line(&mut text, 1, "Vendor Name", &machine.hardware.vendor);
    head(&mut text, 1, "PCI Info");
    for (name, nic) in &machine.state.nics {
        head(&mut text, 2, "VMkernel Name Info");
        line(&mut text, 3, "VMkernel Name", name.as_str());
        line(&mut text, 3, "Driver", &nic.driver);
        line(&mut text, 3, "Address", &nic.pci);
    }
    text
}

fn network(machine: &Machine) -> String {
    let mut text = String::new();
    head(&mut text, 0, "Network Info");
    for (name, nic) in &machine.state.nics {
        head(&mut text, 1, "Physical Nic");
        line(&mut text, 2, "Name", name.as_str());
        line(&mut text, 2, "Driver", &nic.driver);
        line(&mut text, 2, "MAC Address", &nic.mac.to_string());
        line(&mut text, 2, "Link Up", if nic.link_up { "true" } else { "false" });
    }
    for (name, vmk) in &machine.state.vmkernel {
        head(&mut text, 1, "VmKernel Nic");
        line(&mut text, 2, "Interface", name.as_str());
        line(&mut text, 2, "Portgroup", &vmk.port_group.to_string());
        if let Some(net) = vmk.ipv4_address() {
            line(&mut text, 2, "IP Address", &net.addr().to_string());
        }
    }
    text
}

fn system(machine: &Machine) -> String {
    let mut text = String::new();
    head(&mut text, 0, "System Info");
    line(&mut text, 1, "Name", &machine.fqdn());
    line(&mut text, 1, "Version", &number(machine.state.version));
    line(&mut text, 1, "Build", &machine.state.build.to_string());
    line(&mut text, 1, "System UUID", &machine.uuid);
    text
}

#[cfg(test)]
mod tests {
    use crate::model::samples;
    use crate::model::system::testing::{host, text};

    #[test]
    fn lines_are_filled_with_dots() {
        let mut host = host("5.1");
        let shown = text(&mut host, "esxcfg-info -a");
        let shape = |text: &str, name: &str| -> Option<(String, bool)> {
            let line = text.lines().find(|line| line.contains(&format!("|----{name}.")))?;
            let (start, value) = (line.find('|')?, line.rsplit("...").next()?);
            Some((
                line[start..].split('.').next()?.to_owned(),
                value.starts_with("0x") || value.contains('-'),
            ))
        };
        for name in ["BIOS UUID", "System UUID"] {
            let ours = shape(&shown, name);
            assert!(ours.is_some(), "{name}: {shown}");
            if let Some(sample) = samples::output("esxcfg-info-a--unknown--3.txt") {
                assert_eq!(ours, shape(&sample, name));
            }
        }
        let uuid = text(&mut host, "esxcfg-info -u");
        assert_eq!(uuid.trim().len(), 36);
        assert_eq!(uuid, uuid.to_uppercase());
        let mut other = host.clone();
        other.hardware.uuid[0] ^= 1;
        assert_ne!(text(&mut other, "esxcfg-info -u"), uuid, "it is the board's");
    }
}
