//! A host that is booted again and again from other states.

use crate::host::{End, Host, Ran};
use esxi_core::firstboot::{FirstBootOptions, LOG, STATUS, script};
use esxi_core::model::Machine;
use esxi_core::spec::HostSpec;
use esxi_core::state::{Fact, HostState, TeamingOverride};
use esxi_core::value::VmnicName;
use std::collections::BTreeMap;

/// Runs the script; time does not pass in `sleep`.
pub const RUN: &str = "( sleep() { :; }; . /tmp/first-boot.sh ) 2>&1";

/// What became of a run.
#[derive(Debug)]
pub struct Boot {
    pub end: End,
    /// The line of the status file.
    pub status: String,
    /// Commands that change something, and whether the host took them.
    pub changes: Vec<String>,
    pub log: String,
    /// What it printed, which is nothing unless the shell finds a mistake in it.
    pub said: String,
}

impl Boot {
    pub fn done(self, place: &str) -> Boot {
        let fine = self.end == End::Status(0) && self.status.starts_with("done") && self.said.is_empty();
        assert!(
            fine,
            "{place}
{self:#?}
{}",
            self.log
        );
        self
    }
}

/// The script for the way from one state to another.
pub fn compiled(base: &HostState, desired: &HostState) -> String {
    script(base, desired, &HostSpec::default(), &FirstBootOptions::default()).unwrap()
}

/// Gives a host another network; its disks stay.
pub fn reset(host: &Host, state: &HostState) {
    let Machine { state, network, .. } = Machine::new(state.clone());
    host.sim.change(|now, _| (now.state, now.network) = (state, network));
    host.sim.save();
}

pub fn boot(host: &mut Host, script: &str) -> Boot {
    host.shell(&format!("rm -f {STATUS} {LOG}"), b"");
    host.write("/tmp/first-boot.sh", script.as_bytes());
    again(host, RUN)
}

/// Runs the script that is there already, by this line.
pub fn again(host: &mut Host, line: &str) -> Boot {
    let Ran { end, said, commands } = host.shell(line, b"");
    let changing =
        |argv: &[String]| argv.iter().any(|word| ["add", "remove", "set"].contains(&word.as_str()));
    let changes = commands.iter().filter(|(argv, _)| changing(argv));
    let changes = changes.map(|(argv, status)| format!("{} -> {status}", argv.join(" "))).collect();
    let status = host.shell(&format!("cat {STATUS}"), b"").said.trim().to_owned();
    let log = host.shell(&format!("cat {LOG}"), b"").said;
    Boot { end, status, changes, log, said }
}

/// Fails unless the host is as wanted, but for what ESXi chooses itself.
pub fn assert_reached(host: &Host, wanted: &HostState, place: &str, log: &str) {
    let state = host.sim.state();
    let same = state.same_configuration(wanted);
    assert!(same, "{place}\n-- log\n{log}\n-- is\n{state:#?}\n-- shall be\n{wanted:#?}");
}

/// The same host whose cards ESXi calls otherwise: `vmnicN` becomes the one that `to` has at N.
pub fn renamed(state: &HostState, to: &[usize]) -> HostState {
    let names: Vec<VmnicName> = state.nics.keys().cloned().collect();
    let new: BTreeMap<VmnicName, VmnicName> =
        names.iter().enumerate().map(|(at, name)| (name.clone(), names[to[at]].clone())).collect();
    let mut other = state.clone();
    other.nics = state.nics.iter().map(|(name, nic)| (new[name].clone(), nic.clone())).collect();
    let list = |list: &mut Vec<VmnicName>| list.iter_mut().for_each(|name| *name = new[name].clone());
    for switch in other.vswitches.values_mut() {
        switch.uplinks = switch.uplinks.iter().map(|name| new[name].clone()).collect();
        if let Fact::Known(teaming) = &mut switch.teaming {
            list(&mut teaming.order.active);
            list(&mut teaming.order.standby);
        }
    }
    for group in other.port_groups.values_mut() {
        if let Fact::Known(TeamingOverride { order: Some(order), .. }) = &mut group.teaming {
            list(&mut order.active);
            list(&mut order.standby);
        }
    }
    other
}
