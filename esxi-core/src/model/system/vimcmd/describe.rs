//! Objects that describe the host: `runtimeinfo`, `hosthardware`, `hostsummary` and their like, cut to the members
//! that scripts look for.

use super::Said;
use super::print::{Node, print};
use crate::model::family::Console;
use crate::model::machine::Machine;
use crate::model::surroundings::Surroundings;
use crate::model::system::{Lockdown, clock, number, services};
use crate::version::EsxiVersion;

pub(super) fn run(console: &Console<'_>, command: &str) -> Said {
    let machine = &*console.machine;
    let node = match command {
        "runtimeinfo" => runtime(machine, console.around),
        "hosthardware" => hardware(machine),
        "hostsummary" | "summary" => summary(machine, console.around),
        "hostconfig" => config(machine),
        "net/info" => network(machine),
        "net/vswitch_info" => vswitches(machine),
        "net/query_networkhint" => hints(machine),
        _ => return Said::Lacking,
    };
    Said::Text(print(&node, machine.state.version))
}

/// `inMaintenanceMode` verified (4.1); the other members are those of the published API.
fn runtime(machine: &Machine, around: &dyn Surroundings) -> Node {
    let boot = machine.now(around).saturating_sub(around.uptime().as_secs());
    Node::Object(
        "vim.host.RuntimeInfo",
        vec![
            ("connectionState", "connected".into()),
            ("powerState", "poweredOn".into()),
            ("standbyMode", "none".into()),
            ("inMaintenanceMode", machine.system.maintenance.into()),
            ("bootTime", clock::iso(boot).into()),
        ],
    )
}

/// Type and members verified (capture).
fn system_info(machine: &Machine) -> Node {
    Node::Object(
        "vim.host.SystemInfo",
        vec![
            ("vendor", machine.hardware.vendor.as_str().into()),
            ("model", machine.hardware.product.as_str().into()),
            ("uuid", machine.hardware.uuid_text().to_lowercase().into()),
        ],
    )
}

/// Who makes ESXi.
const VENDOR: &str = "VMware, Inc.";

fn hardware(machine: &Machine) -> Node {
    Node::Object("vim.host.HardwareInfo", vec![("systemInfo", system_info(machine))])
}

fn product(machine: &Machine) -> Node {
    let version = machine.state.version;
    let three = number(version);
    Node::Object(
        "vim.AboutInfo",
        vec![
            ("name", "VMware ESXi".into()),
            ("fullName", Node::Text(format!("VMware ESXi {three} build-{}", machine.state.build))),
            ("vendor", VENDOR.into()),
            ("version", three.into()),
            ("build", Node::Text(machine.state.build.to_string())),
            ("productLineId", "embeddedEsx".into()),
            ("apiType", "HostAgent".into()),
        ],
    )
}

/// `managementServerIp` is there, and filled, on a host that vCenter manages (published API).
fn summary(machine: &Machine, around: &dyn Surroundings) -> Node {
    let server = machine.system.vcenter.iter().map(|server| ("managementServerIp", server.as_str().into()));
    let members = server.chain(summary_members(machine, around));
    Node::Object("vim.host.Summary", members.collect())
}

fn summary_members(machine: &Machine, around: &dyn Surroundings) -> Vec<(&'static str, Node)> {
    vec![
        ("host", "vim.HostSystem:ha-host".into()),
        ("hardware", system_info(machine)),
        ("runtime", runtime(machine, around)),
        (
            "config",
            Node::Object(
                "vim.host.Summary.ConfigSummary",
                vec![
                    ("name", machine.fqdn().into()),
                    ("product", product(machine)),
                    ("vmotionEnabled", vmotion(machine).into()),
                ],
            ),
        ),
        ("rebootRequired", (machine.system.kernel != machine.system.kernel_running).into()),
    ]
}

fn vmotion(machine: &Machine) -> bool {
    machine.state.vmkernel.values().any(|vmk| format!("{:?}", vmk.tags).contains("VMotion"))
}

fn config(machine: &Machine) -> Node {
    let version = machine.state.version;
    let service = |one: &'static services::Known| {
        let state = services::state(machine, one);
        Node::Object(
            "vim.host.Service",
            vec![
                ("key", one.key.into()),
                ("label", one.label.into()),
                ("running", state.running.into()),
                ("policy", if state.on { "on" } else { "off" }.into()),
            ],
        )
    };
    let services = services::of_release(version).filter(|one| !one.key.is_empty()).map(service).collect();
    let locked = machine.system.lockdown != Lockdown::Disabled;
    let lockdown = match machine.system.lockdown {
        Lockdown::Disabled => "lockdownDisabled",
        Lockdown::Normal => "lockdownNormal",
        Lockdown::Strict => "lockdownStrict",
    };
    let mut members = vec![
        ("host", "vim.HostSystem:ha-host".into()),
        ("product", product(machine)),
        ("network", network(machine)),
        (
            "service",
            Node::Object("vim.host.ServiceInfo", vec![("service", Node::List("vim.host.Service", services))]),
        ),
        ("adminDisabled", locked.into()),
    ];
    if version >= EsxiVersion::new(6, 0) {
        members.push(("lockdownMode", lockdown.into()));
    }
    Node::Object("vim.host.ConfigInfo", members)
}

fn vswitches(machine: &Machine) -> Node {
    let state = &machine.state;
    let text = |name: &dyn std::fmt::Display| Node::Text(name.to_string());
    let one = |(name, switch): (&crate::value::SwitchName, &crate::state::VSwitch)| {
        let groups = state.port_groups.iter().filter(|(_, group)| group.vswitch == *name);
        Node::Object(
            "vim.host.VirtualSwitch",
            vec![
                ("name", text(name)),
                ("numPorts", Node::Number(i64::from(machine.num_ports))),
                ("mtu", Node::Number(i64::from(switch.mtu.get()))),
                ("portgroup", Node::List("string", groups.map(|(name, _)| text(name)).collect())),
                ("pnic", Node::List("string", switch.uplinks.iter().map(|name| text(name)).collect())),
            ],
        )
    };
    Node::List("vim.host.VirtualSwitch", state.vswitches.iter().map(one).collect())
}

fn network(machine: &Machine) -> Node {
    let state = &machine.state;
    let adapter = |(name, vmk): (&crate::value::VmkName, &crate::state::VmkAdapter)| {
        Node::Object(
            "vim.host.VirtualNic",
            vec![
                ("device", Node::Text(name.to_string())),
                ("portgroup", Node::Text(vmk.port_group.to_string())),
                ("mac", vmk.mac.map_or(Node::Unset, |mac| Node::Text(mac.to_string()))),
                ("mtu", Node::Number(i64::from(vmk.mtu.get()))),
                (
                    "ipAddress",
                    vmk.ipv4_address().map_or(Node::Unset, |net| Node::Text(net.addr().to_string())),
                ),
            ],
        )
    };
    let card = |(name, nic): (&crate::value::VmnicName, &crate::state::Nic)| {
        Node::Object(
            "vim.host.PhysicalNic",
            vec![
                ("device", Node::Text(name.to_string())),
                ("pci", nic.pci.as_str().into()),
                ("driver", nic.driver.as_str().into()),
                ("mac", Node::Text(nic.mac.to_string())),
            ],
        )
    };
    Node::Object(
        "vim.host.NetworkInfo",
        vec![
            ("vswitch", vswitches(machine)),
            ("pnic", Node::List("vim.host.PhysicalNic", state.nics.iter().map(card).collect())),
            ("vnic", Node::List("vim.host.VirtualNic", state.vmkernel.iter().map(adapter).collect())),
        ],
    )
}

/// Types verified (capture). No switch of a simulated network tells its name.
fn hints(machine: &Machine) -> Node {
    let hint = |name: &crate::value::VmnicName| {
        Node::Object(
            "vim.host.PhysicalNic.NetworkHint",
            vec![
                ("device", Node::Text(name.to_string())),
                ("subnet", Node::List("vim.host.PhysicalNic.NetworkHint.IpNetwork", Vec::new())),
                ("connectedSwitchPort", Node::Unset),
            ],
        )
    };
    Node::List("vim.host.PhysicalNic.NetworkHint", machine.state.nics.keys().map(hint).collect())
}

#[cfg(test)]
mod tests {
    use crate::model::samples;
    use crate::model::system::testing::{host, text};

    #[test]
    fn maintenance_is_seen() {
        let mut host = host("6.7");
        assert!(text(&mut host, "vim-cmd hostsvc/runtimeinfo").contains("   inMaintenanceMode = false,\n"));
        host.system.maintenance = true;
        let shown = text(&mut host, "vim-cmd hostsvc/runtimeinfo");
        if let Some(sample) = samples::output("vim-cmd-hostsvc.runtimeinfo--4.1.0--1.txt") {
            assert!(shown.lines().any(|line| line.trim() == sample.trim()), "{shown}");
        }
    }

    /// Captures that lost their indent, with other values.
    fn has_shape(sample: &str, ours: &str) {
        let Some(theirs) = samples::output(sample) else { return };
        let key = |line: &str| line.split(" = \"").next().unwrap_or_default().trim().to_owned();
        let mut rest = ours.lines().map(key);
        for line in theirs.lines().take(4).map(key).filter(|line| !line.starts_with("dynamicType")) {
            assert!(rest.any(|ours| ours == line), "{sample}: {line}: {ours}");
        }
    }

    #[test]
    fn objects_have_the_shape_of_the_samples() {
        let mut host = host("5.0");
        let shown = text(&mut host, "vim-cmd hostsvc/hosthardware");
        has_shape("vim-cmd-hostsvc.hosthardware--unknown--2.txt", &shown);
        let shown = text(&mut host, "vim-cmd hostsvc/net/query_networkhint");
        has_shape("vim-cmd-hostsvc.net.query_networkhint--unknown--1.txt", &shown);
    }

    #[test]
    fn the_host_is_described() {
        let mut host = host("7.0.3");
        let shown = text(&mut host, "vim-cmd hostsvc/hostsummary");
        assert!(shown.contains("fullName = \"VMware ESXi 7.0.3 build-"), "{shown}");
        assert!(shown.contains("vmotionEnabled = false"));
        text(&mut host, "vim-cmd hostsvc/vmotion/vnic_set vmk0");
        assert!(text(&mut host, "vim-cmd hostsvc/hostsummary").contains("vmotionEnabled = true"));
        let shown = text(&mut host, "vim-cmd hostsvc/hostconfig");
        assert!(shown.contains("key = \"TSM-SSH\"") && shown.contains("lockdownMode = \"lockdownDisabled\""));
        let shown = text(&mut host, "vim-cmd hostsvc/net/info");
        assert!(shown.contains("device = \"vmk0\"") && shown.contains("name = \"vSwitch0\""));
    }
}
