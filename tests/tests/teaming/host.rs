//! The host's half: what is printed is a command that every release understands and that sets what was advised.

use crate::snippets::{CASES, write};
use esxi_core::model::{Machine, run};
use esxi_core::state::{FactoryNic, LoadBalancing, factory};
use esxi_core::teaming::SwitchSide;
use esxi_core::teaming::switch::Dialect;

fn machine(version: &str, uplinks: usize) -> Machine {
    let card =
        |at: usize| FactoryNic { mac: format!("52:54:00:00:00:{at:02x}").parse().unwrap(), link_up: true };
    let cards: Vec<FactoryNic> = (0..uplinks).map(card).collect();
    let mut machine = Machine::new(factory(version.parse().unwrap(), &cards));
    for at in 1..uplinks {
        let add = format!("esxcli network vswitch standard uplink add -v vSwitch0 -u vmnic{at}");
        say(&mut machine, &add.split(' ').map(str::to_owned).collect::<Vec<_>>());
    }
    machine
}

fn say(machine: &mut Machine, argv: &[String]) {
    let told = run(machine, argv, b"");
    assert_eq!(told.status, 0, "{argv:?}: {told:?}");
}

#[test]
fn the_hosts_commands_set_what_was_advised() {
    for version in ["5.0", "5.5", "6.0", "6.5", "6.7", "7.0", "8.0", "9.0"] {
        for case in CASES {
            let both = write(case, Dialect::Ios);
            let mut machine = machine(version, case.3);
            both.host.iter().for_each(|argv| say(&mut machine, argv));
            let teaming = machine.state.vswitches["vSwitch0"].teaming.known().unwrap().clone();
            assert_eq!(teaming.load_balancing, both.load_balancing, "{version}, {}", case.0);
            assert!(teaming.notify_switches && teaming.failback);
            let (active, standby) = (teaming.order.active.len(), teaming.order.standby.len());
            let expected = match teaming.load_balancing {
                LoadBalancing::Explicit => (1, case.3 - 1),
                _ => (case.3, 0),
            };
            assert_eq!((active, standby), expected, "{version}, {}", case.0);
            assert_eq!(
                teaming.load_balancing == LoadBalancing::IpHash,
                both.becomes == SwitchSide::StaticLag,
                "{version}, {}",
                case.0
            );
        }
    }
}
