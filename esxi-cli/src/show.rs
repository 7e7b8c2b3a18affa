//! Plans, facts and progress as text for people.

use crate::job::Job;
use crate::out::Out;
use esxi_core::command::shell_line;
use esxi_core::guard::{Phase, Run};
use esxi_core::model::facts::Facts;
use esxi_core::plan::{UndoKind, Verdict};
use esxi_core::reach::Answer;
use esxi_core::state::{Fact, HostState, Ipv4Config, Teaming};
use esxi_core::value::VmnicName;
use esxi_ssh::guard::Progress;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// `esxi facts --format json`, which `--state` reads.
#[derive(Serialize, Deserialize)]
pub struct FactsDocument {
    schema: u32,
    hostname: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    vcenter: Option<String>,
    /// Guarded changes that the host's files tell of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    runs: Vec<Run>,
    pub state: HostState,
}

impl FactsDocument {
    pub fn new(facts: Facts) -> FactsDocument {
        FactsDocument {
            schema: 1,
            hostname: facts.hostname,
            vcenter: facts.vcenter,
            runs: facts.runs,
            state: facts.state,
        }
    }
}

/// A plan, step by step.
pub fn plan(out: &Out, job: &Job) -> String {
    let plan = &job.plan;
    let mut text = String::new();
    for (at, step) in plan.steps.iter().enumerate() {
        let mark = match step.reach.answer {
            Answer::Yes => ' ',
            Answer::Unknown => '?',
            Answer::No => '!',
        };
        let _ = writeln!(text, "{:>3}{mark} {}", at + 1, out.bold(shell_line(&step.command.argv())));
        let _ = writeln!(text, "     {}", step.reason);
        if step.reach.answer != Answer::Yes {
            let _ = writeln!(text, "     management answers: {} ({})", step.reach.answer, step.reach.why());
        }
        for impact in &step.impact {
            let _ = writeln!(text, "     impact: {impact}");
        }
        if let UndoKind::Lossy(what) | UndoKind::None(what) = &step.undo.kind {
            let _ = writeln!(text, "     undo: {what}");
        }
    }
    let verdict = match plan.verdict {
        Verdict::Safe => "safe",
        Verdict::Guarded => "guarded",
        Verdict::Refused => "REFUSED",
    };
    let steps = match plan.steps.len() {
        0 => String::new(),
        1 => "1 step, ".to_owned(),
        several => format!("{several} steps, "),
    };
    let _ = writeln!(text, "{steps}{}: {}", out.bold(verdict), plan.why);
    list(&mut text, "removed, because nothing uses them and the host file does not name them", &job.pruned);
    list(&mut text, "left alone, because the host file does not name them", &job.left_alone);
    text
}

fn list(text: &mut String, what: &str, objects: &[impl ToString]) {
    if !objects.is_empty() {
        let names: Vec<String> = objects.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "{what}: {}", names.join(", "));
    }
}

/// What differs from the host file.
pub fn drift(out: &Out, job: &Job) -> String {
    let mut text = String::new();
    for step in &job.plan.steps {
        let _ = writeln!(text, "  {}", step.reason);
    }
    for finding in &job.plan.diagnostics {
        let _ = writeln!(text, "  {}", finding.message);
    }
    match text.is_empty() {
        true => format!("{}\n", out.bold("as declared")),
        false => format!("{}\n{text}", out.bold("drift:")),
    }
}

/// One line about the course of a guarded apply.
pub fn progress(progress: &Progress) -> String {
    match progress {
        Progress::Phase(Phase::Finished) => "  done".to_owned(),
        Progress::Phase(phase) => format!("  … {phase}"),
        Progress::Connected(address) => format!("  connected to {address}"),
        Progress::Trouble(why) => format!("    ({why})"),
        Progress::Step { number, of } => format!("  step {number} of {of} is done"),
        Progress::Waiting(time, why) => format!("    ({} s: {why})", time.as_secs()),
    }
}

/// A host, for people.
pub fn facts(out: &Out, facts: &Facts) -> String {
    let mut text = state(out, &facts.hostname, &facts.state);
    if let Some(server) = &facts.vcenter {
        let _ = writeln!(text, "Managed by the vCenter server {server}");
    }
    text
}

/// The network of a host.
pub fn state(out: &Out, hostname: &str, host: &HostState) -> String {
    let mut text = format!("{} VMware ESXi {} build-{}\n", out.bold(hostname), host.version, host.build);
    let _ = writeln!(text, "\n{}", out.bold("Network cards"));
    for (name, nic) in &host.nics {
        let link = if nic.link_up { format!("up {} Mbit/s", nic.speed_mbps) } else { "down".to_owned() };
        let switch = host.vswitch_of_uplink(name).map(|switch| format!("uplink of {switch}"));
        let _ = writeln!(text, "  {name:<8} {}  {link:<15} {}", nic.mac, switch.unwrap_or_default());
    }
    for (name, switch) in &host.vswitches {
        let _ = writeln!(text, "\n{} MTU {}, {}", out.bold(name), switch.mtu, fact(&switch.teaming, teaming));
        for (group_name, group) in host.port_groups_of(name) {
            let vmk = host.vmk_on(group_name).map(|vmk| format!(", {vmk}")).unwrap_or_default();
            let vms =
                if group.vm_ports > 0 { format!(", {} VM ports", group.vm_ports) } else { String::new() };
            let own = match group.teaming.known() {
                Some(own) if *own == Default::default() => String::new(),
                _ => match host.effective_teaming(group_name) {
                    Some(own) => format!(", overrides: {}", teaming(&own)),
                    None => ", overrides were not understood".to_owned(),
                },
            };
            let _ = writeln!(text, "  {group_name:<20} VLAN {:<4}{vmk}{vms}{own}", group.vlan);
        }
    }
    let _ = writeln!(text, "\n{}", out.bold("vmkernel adapters"));
    for (name, vmk) in &host.vmkernel {
        let ipv4 = match &vmk.ipv4 {
            Fact::Known(Ipv4Config::Dhcp { lease: None }) => "DHCP, no lease".to_owned(),
            Fact::Unknown(told) => format!("not understood: {told}"),
            Fact::Known(_) => String::new(),
        };
        let addresses: Vec<String> = vmk.addresses().map(|net| net.to_string()).collect();
        let tags: Vec<&str> = vmk.tags.iter().map(String::as_str).collect();
        let mac = vmk.mac.map(|mac| mac.to_string()).unwrap_or_default();
        let _ = writeln!(
            text,
            "  {name:<6} {mac}  MTU {}  {}{ipv4}  on \"{}\"  {}",
            vmk.mtu,
            addresses.join(", "),
            vmk.port_group,
            tags.join(", ")
        );
    }
    let _ = writeln!(text, "\n{}", out.bold("Routes set by hand"));
    for route in &host.routes {
        let _ = writeln!(text, "  {} via {}", route.network, route.gateway);
    }
    let servers: Vec<String> = host.dns.servers.iter().map(ToString::to_string).collect();
    let _ = writeln!(text, "\nDNS {}  search {}", servers.join(", "), host.dns.search.join(", "));
    text
}

fn fact<T>(fact: &Fact<T>, show: impl Fn(&T) -> String) -> String {
    match fact {
        Fact::Known(value) => show(value),
        Fact::Unknown(told) => format!("not understood: {told}"),
    }
}

fn teaming(teaming: &Teaming) -> String {
    let names = |list: &[VmnicName]| list.iter().map(VmnicName::as_str).collect::<Vec<_>>().join(", ");
    let mut text = format!("{}, active {}", teaming.load_balancing.set_word(), names(&teaming.order.active));
    if !teaming.order.standby.is_empty() {
        text += &format!(", standby {}", names(&teaming.order.standby));
    }
    text
}
