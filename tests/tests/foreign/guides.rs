//! The commands of two guides that people follow: static routes for several adapters, and ESXi under QEMU. Each is
//! executed as it is printed; what it stands for is looked up afterwards.

use crate::elsewhere;
use crate::host::{End, Host, Ran, machine};
use esxi_core::model::{Machine, NOT_MODELLED};
use esxi_core::state::{Fact, Ipv4Config};

/// A guide by the number its file begins with, and the release it was written for.
const ROUTES: (&str, &str) = ("003", "6.0");
const NESTED: (&str, &str) = ("004", "6.5");

/// The commands a guide prints, without the answers printed behind them. `xxxx` stands for an address there.
fn commands(number: &str) -> Option<Vec<String>> {
    let folder = elsewhere("ESXI_SEEDS", "../shared/seeds")?;
    let mut entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    let guide = entries.find(|entry| entry.file_name().to_string_lossy().starts_with(number))?;
    let text = std::fs::read_to_string(guide.path()).unwrap();
    let command = |line: &str| {
        let at = ["esxcli ", "esxcfg-", "vim-cmd "].iter().filter_map(|tool| line.find(tool)).min()?;
        let end =
            ["**", " Installation Result"].iter().filter_map(|end| line.find(end)).filter(|end| *end > at);
        let end = line[at..].find("**").map(|end| at + end).or(end.min()).unwrap_or(line.len());
        Some(line[at..end].trim().replace("xxxx", "192.168.101.2"))
    };
    Some(text.lines().filter_map(command).collect())
}

/// A host with a second adapter, on the port group that one guide calls `pgName`.
fn prepared(version: &str) -> Machine {
    let mut machine = machine(version.parse().unwrap(), 2);
    let state = &mut machine.state;
    let group = state.port_groups["VM Network"].clone();
    state.port_groups.insert("pgName".parse().unwrap(), group);
    let mut vmk = state.vmkernel["vmk0"].clone();
    vmk.port_group = "pgName".parse().unwrap();
    vmk.mac = Some(crate::host::mac(99));
    let address = "192.168.20.100/24".parse().unwrap();
    vmk.ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    vmk.tags.clear();
    state.vmkernel.insert("vmk1".parse().unwrap(), vmk);
    machine
}

/// Executes a command on a host as prepared; one that adds an adapter finds its place free.
fn execute(host: &mut Host, prepared: &Machine, command: &str) -> Ran {
    host.sim.change(|machine, _| {
        *machine = prepared.clone();
        if command.contains("vmknic -a") {
            machine.state.vmkernel.remove("vmk1");
        }
    });
    let ran = host.shell(command, b"");
    println!("{:?}  {command}\n    {}", ran.end, ran.said.trim().replace('\n', " / "));
    ran
}

#[test]
fn routes_of_a_guide() {
    let Some(commands) = commands(ROUTES.0) else { return };
    let prepared = prepared(ROUTES.1);
    let mut host = Host::start(prepared.clone(), |_| ());
    assert!(commands.len() >= 2, "{commands:?}");
    for command in commands {
        let ran = execute(&mut host, &prepared, &command);
        assert_eq!(ran.end, End::Status(0), "{command}: {}", ran.said);
        let routes = host.sim.state().routes;
        let route = routes.iter().find(|route| route.network.to_string() == "192.168.40.0/24");
        assert_eq!(route.expect(&command).gateway.to_string(), "192.168.20.1");
    }
}

#[test]
fn commands_of_the_nested_guide() {
    let Some(commands) = commands(NESTED.0) else { return };
    let prepared = prepared(NESTED.1);
    let mut host = Host::start(prepared.clone(), |_| ());
    assert!(commands.len() >= 6, "{commands:?}");
    for command in commands {
        let ran = execute(&mut host, &prepared, &command);
        assert_ne!(ran.end, End::Status(NOT_MODELLED), "{command}");
        if command.contains("vib install") {
            // The file that it names was never fetched: a host without a network says so.
            assert_eq!(ran.end, End::Status(1), "{command}: {}", ran.said);
            continue;
        }
        assert_eq!(ran.end, End::Status(0), "{command}: {}", ran.said);
        let state = host.sim.state();
        let asked = |host: &mut Host, line: &str| host.shell(line, b"").said;
        if let Some((_, module)) = command.split_once("module=").or(command.split_once("-m=")) {
            let module = module.split(' ').next().unwrap();
            let said = asked(&mut host, &format!("esxcli system module list | grep '^{module} '"));
            assert!(said.trim_end().ends_with("false"), "{command}: {said}");
        } else if command.contains("vmknic -d") {
            assert!(!state.vmkernel.contains_key("vmk1"), "{command}");
        } else if command.contains("DHCP") {
            assert!(matches!(state.vmkernel["vmk1"].ipv4, Fact::Known(Ipv4Config::Dhcp { .. })), "{command}");
        } else if command.contains("vmknic -a") {
            let address = state.vmkernel["vmk1"].ipv4_address().map(|net| net.to_string());
            assert_eq!(address.as_deref(), Some("192.168.101.2/24"), "{command}");
        } else if command.contains("advcfg") {
            let said = asked(&mut host, "esxcfg-advcfg -g /Net/FollowHardwareMac");
            assert_eq!(said, "Value of FollowHardwareMac is 1\n");
        } else {
            panic!("a command that nobody looks after: {command}");
        }
    }
}
