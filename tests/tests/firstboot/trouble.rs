//! What goes wrong: a run that is cut off, cards that are missing or called otherwise, hostd that does not come up.

use crate::boots::{RUN, again, assert_reached, boot, compiled, renamed, reset};
use crate::host::{End, Host, machine};
use crate::same::random;
use crate::{RELEASES, cases};
use esxi_core::scenario::{FaultKind, FaultRule, When};
use esxi_core::state::{FactoryNic, factory};
use esxi_ssh::sim::Fault;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Runs the script, whose shell is killed when the change with this number is done, before the script hears of it.
fn killed_after(changes: usize) -> String {
    format!(
        "sleep() {{ :; }}
        echo {changes} >/tmp/left
        esxcli() {{
          command esxcli \"$@\"
          r=$?
          case \" $* \" in *' add '*|*' remove '*|*' set '*)
            left=$(($(cat /tmp/left) - 1))
            echo $left >/tmp/left
            [ $left -gt 0 ] || kill -9 $$ ;;
          esac
          return $r
        }}
        . /tmp/first-boot.sh"
    )
}

#[test]
fn a_run_that_was_cut_off_is_finished_by_the_next() {
    let mut host = Host::start(machine("8.0".parse().unwrap(), 2), |_| ());
    let mut cut = 0;
    for (number, (desired, plan)) in random(cases(2, 12), 2).into_iter().enumerate() {
        let text = compiled(&plan.start, &desired);
        reset(&host, &plan.start);
        let whole = boot(&mut host, &text).done("whole").changes.len();
        for at in 1..whole {
            let place = format!("case {number}, cut off after change {at} of {whole}");
            reset(&host, &plan.start);
            let first = again(&mut host, &killed_after(at));
            assert_ne!(first.end, End::Status(0), "{place}");
            assert!(first.status.starts_with("running"), "{place}: {}", first.status);
            let second = again(&mut host, RUN).done(&place);
            assert_reached(&host, plan.end(), &place, &second.log);
            let third = again(&mut host, RUN).done(&place);
            assert_eq!(third.changes, Vec::<String>::new(), "{place}");
            cut += 1;
        }
    }
    println!("cut off at {cut} places");
    assert!(cut >= 3, "cut off at {cut} places only");
}

#[test]
fn power_that_fails_in_the_midst_costs_a_run() {
    // The command with this number finds no power; 0 is none.
    let strike = Arc::new(AtomicU64::new(0));
    let seen = strike.clone();
    let mut host = Host::start(machine("7.0".parse().unwrap(), 2), |config| {
        config.on_command = Some(Arc::new(move |number, _| match seen.load(Ordering::SeqCst) == number {
            true => Fault::PowerCycle,
            false => Fault::None,
        }));
    });
    let before = host.sim.state();
    let mut desired = before.clone();
    desired.dns.servers = vec!["192.0.2.53".parse().unwrap()];
    desired.vswitches.get_mut("vSwitch0").unwrap().mtu = "9000".parse().unwrap();
    let text = compiled(&before, &desired);
    // In the midst of the run: after the first change.
    strike.store(6, Ordering::SeqCst);
    host.write("/tmp/first-boot.sh", text.as_bytes());
    let cut = host.shell(RUN, b"");
    assert_eq!(cut.end, End::Down, "{}", cut.said);
    strike.store(0, Ordering::SeqCst);
    assert!(host.sim.state().same_configuration(&before), "what was not saved is gone");
    let kept = host.shell("cat /altbootbank/esxi-first-boot.status", b"").said;
    assert_eq!(kept.trim(), "running", "the copy outlives the power failure");
    let done = boot(&mut host, &text).done("after the power failure");
    assert_reached(&host, &desired, "after the power failure", &done.log);
    let kept = host.shell("cat /altbootbank/esxi-first-boot.status", b"").said;
    assert_eq!(kept.trim(), done.status);
    assert!(host.sim.saved_state().same_configuration(&desired), "and it is saved");
}

#[test]
fn without_one_of_its_cards_nothing_is_touched() {
    let mut host = Host::start(machine("6.7".parse().unwrap(), 2), |_| ());
    let nic = |number| FactoryNic { mac: crate::host::mac(number), link_up: true };
    let base = factory("6.7".parse().unwrap(), &[nic(0), nic(1)]);
    let mut desired = base.clone();
    desired.vswitches.get_mut("vSwitch0").unwrap().uplinks.insert("vmnic1".parse().unwrap());
    desired.dns.search = vec!["example.net".into()];
    let text = compiled(&base, &desired);
    let poorer = factory("6.7".parse().unwrap(), &[nic(0)]);
    reset(&host, &poorer);
    let boot = boot(&mut host, &text);
    assert_eq!((boot.end, boot.changes.len()), (End::Status(1), 0), "{}", boot.log);
    let mac = crate::host::mac(1).to_string();
    assert!(boot.status.starts_with("failed") && boot.status.contains(&mac), "{}", boot.status);
    assert_eq!(host.sim.state(), poorer);
    // It waits for it: once it is there, all is well.
    reset(&host, &base);
    let boot = again(&mut host, RUN).done("with the card");
    assert_reached(&host, &desired, "with the card", &boot.log);
}

#[test]
fn a_card_that_others_hold_is_not_taken() {
    let mut host = Host::start(machine("8.0".parse().unwrap(), 2), |_| ());
    let base = host.sim.state();
    let mut desired = base.clone();
    desired.vswitches.insert("vSwitch1".parse().unwrap(), esxi_core::state::VSwitch::new(128));
    desired.vswitches.get_mut("vSwitch1").unwrap().uplinks.insert("vmnic1".parse().unwrap());
    let text = compiled(&base, &desired);
    let mut taken = base.clone();
    taken.vswitches.get_mut("vSwitch0").unwrap().uplinks.insert("vmnic1".parse().unwrap());
    reset(&host, &taken);
    let boot = boot(&mut host, &text);
    assert_eq!((boot.end, boot.changes.len()), (End::Status(1), 0), "{}", boot.log);
    assert!(boot.status.contains("vmnic1 is an uplink of vSwitch vSwitch0"), "{}", boot.status);
}

#[test]
fn cards_are_found_whatever_they_are_called() {
    let mut host = Host::start(machine("7.0".parse().unwrap(), 2), |_| ());
    let mut tried = 0;
    for (number, (desired, plan)) in random(cases(10, 60), 3).into_iter().enumerate() {
        let cards = plan.start.nics.len();
        if cards < 2 {
            continue;
        }
        let place = format!("case {number}");
        let to: Vec<usize> = (0..cards).map(|at| (at + 1 + number % (cards - 1)) % cards).collect();
        reset(&host, &renamed(&plan.start, &to));
        let boot = boot(&mut host, &compiled(&plan.start, &desired)).done(&place);
        assert_reached(&host, &renamed(plan.end(), &to), &place, &boot.log);
        tried += 1;
    }
    assert!(tried >= 4, "only {tried} had two cards");
}

#[test]
fn it_does_without_hostd() {
    for (number, (desired, plan)) in random(cases(2, 7), 4).into_iter().enumerate() {
        let version = RELEASES[number % RELEASES.len()];
        let mut host = Host::start(machine(version.parse().unwrap(), 2), |_| ());
        let place = format!("case {number} without hostd");
        reset(&host, &plan.start);
        let rule = FaultRule { what: FaultKind::HostdDown, when: When::Start, lasts: None, times: None };
        host.sim.inject(rule).unwrap();
        let boot = boot(&mut host, &compiled(&plan.start, &desired)).done(&place);
        assert!(boot.log.contains("localcli"), "{}", boot.log);
        assert_reached(&host, plan.end(), &place, &boot.log);
    }
}

#[test]
fn hostd_may_go_in_the_midst() {
    let (desired, plan) = random(6, 5).into_iter().max_by_key(|(_, plan)| plan.steps.len()).unwrap();
    let mut host = Host::start(machine("9.0".parse().unwrap(), 2), |_| ());
    reset(&host, &plan.start);
    let rule = FaultRule { what: FaultKind::HostdDown, when: When::Command(9), lasts: None, times: None };
    host.sim.inject(rule).unwrap();
    let boot = boot(&mut host, &compiled(&plan.start, &desired)).done("hostd goes");
    assert!(boot.log.contains("localcli"), "{}", boot.log);
    assert_reached(&host, plan.end(), "hostd goes", &boot.log);
}
