//! A bond's parameters → failback, detection, notification, or a finding that they are left out.

use super::{Advice, OrderRule};
use crate::diag::{Diagnostic, codes};
use crate::state::{FailureDetection, LoadBalancing};

/// What a parameter does.
#[derive(Clone, Copy)]
enum Effect {
    /// Handled by the caller.
    Mode,
    /// First in the active list.
    Primary,
    /// Failback.
    Reselect,
    /// Link state is watched; the interval is not settable.
    LinkInterval,
    /// ARP monitoring; beacon probing comes nearest.
    Arp,
    /// Announcements after a failover; the count is not settable.
    Announce,
    /// Left out, and why.
    Lost(&'static str),
    /// Delays before a change of link state counts.
    Delay,
}

/// Every parameter by its kernel name. Prefixes (`bond-`, `bond_`) and dashes are taken off before.
const PARAMETERS: &[(&str, Effect)] = &[
    ("mode", Effect::Mode),
    ("primary", Effect::Primary),
    ("primary_reselect", Effect::Reselect),
    ("primary_reselect_policy", Effect::Reselect),
    ("miimon", Effect::LinkInterval),
    ("mii_monitor_interval", Effect::LinkInterval),
    ("use_carrier", Effect::LinkInterval),
    ("arp_interval", Effect::Arp),
    ("arp_ip_target", Effect::Arp),
    ("arp_ip_targets", Effect::Arp),
    ("arp_validate", Effect::Arp),
    ("arp_all_targets", Effect::Arp),
    ("num_grat_arp", Effect::Announce),
    ("num_unsol_na", Effect::Announce),
    ("num_peer_notif", Effect::Announce),
    ("gratuitous_arp", Effect::Announce),
    ("updelay", Effect::Delay),
    ("up_delay", Effect::Delay),
    ("downdelay", Effect::Delay),
    ("down_delay", Effect::Delay),
    ("lacp_rate", Effect::Lost(LACP)),
    ("ad_select", Effect::Lost(LACP)),
    ("min_links", Effect::Lost(LACP)),
    ("ad_actor_sys_prio", Effect::Lost(LACP)),
    ("ad_actor_system", Effect::Lost(LACP)),
    ("ad_user_port_key", Effect::Lost(LACP)),
    ("xmit_hash_policy", Effect::Lost("the hash of iphash is fixed: source and destination address")),
    ("transmit_hash_policy", Effect::Lost("the hash of iphash is fixed: source and destination address")),
    ("tlb_dynamic_lb", Effect::Lost("a vSwitch does not balance by load")),
    ("packets_per_slave", Effect::Lost("a vSwitch does not stripe packets")),
    ("packets_per_member", Effect::Lost("a vSwitch does not stripe packets")),
    ("lp_interval", Effect::Lost("a vSwitch sends no learning packets")),
    ("learn_packet_interval", Effect::Lost("a vSwitch sends no learning packets")),
    ("resend_igmp", Effect::Lost("not settable on a vSwitch")),
    ("all_slaves_active", Effect::Lost("a vSwitch drops duplicates by itself")),
    ("all_members_active", Effect::Lost("a vSwitch drops duplicates by itself")),
    ("fail_over_mac", Effect::Lost("uplinks have no address on the wire; adapters keep theirs")),
    ("fail_over_mac_policy", Effect::Lost("uplinks have no address on the wire; adapters keep theirs")),
];

const LACP: &str = "a standard vSwitch does not speak LACP";
/// The name of the option is believed, not verified.
const DELAY: &str =
    "not settable per vSwitch; the host has one delay for all, the advanced option Net.TeamPolicyUpDelay";

/// Whether the bond probes by ARP: Linux does so only with an interval above zero, whatever else is set. Durations
/// (`100ms`) are as good as numbers.
fn arp_monitoring(params: &[(String, String)]) -> bool {
    params.iter().any(|(name, value)| {
        let digits = value.trim_start().trim_start_matches('0');
        plain(name) == "arp_interval" && digits.starts_with(|c: char| c.is_ascii_digit())
    })
}

fn plain(name: &str) -> String {
    let name = name.to_ascii_lowercase().replace('-', "_");
    name.strip_prefix("bond_").map(str::to_owned).unwrap_or(name)
}

fn effect(name: &str) -> Option<Effect> {
    let name = plain(name);
    PARAMETERS.iter().find(|(known, _)| *known == name).map(|(_, effect)| *effect)
}

/// Lays the parameters over the advice.
pub(super) fn carry_over(params: &[(String, String)], advice: &mut Advice) {
    let mut arp = None;
    let probing = arp_monitoring(params);
    for (name, value) in params {
        let path = format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        let left_out = |why: &str| {
            Diagnostic::warning(codes::IMPORT_LEFT_OUT, format!("{name} {value} is left out: {why}"))
                .at(path.clone())
        };
        let note = |message: String| Diagnostic::note(codes::IMPORT_LEFT_OUT, message).at(path.clone());
        match effect(name) {
            Some(Effect::Mode) => {}
            Some(Effect::Primary) => {
                advice.primary = Some(value.clone());
                // Compatibility keeps every member active; of one member nothing needs to be said.
                if advice.order == Some(OrderRule::AllActive) && advice.uplinks > 1 {
                    advice
                        .findings
                        .push(left_out("all uplinks are active; being named first gives it no preference"));
                }
            }
            Some(Effect::Reselect) => match value.to_ascii_lowercase().as_str() {
                "always" | "0" => advice.failback = true,
                "failure" | "2" => advice.failback = false,
                _ => advice.findings.push(left_out("failback is either on or off; it stays on")),
            },
            Some(Effect::LinkInterval) => advice
                .findings
                .push(note(format!("{name} {value}: link state is watched, its interval is not settable"))),
            Some(Effect::Arp) => {
                if probing {
                    arp.get_or_insert_with(|| (path.clone(), name.clone()));
                } else {
                    advice.findings.push(note(format!("{name} {value}: ARP monitoring is off")));
                }
            }
            Some(Effect::Announce) => {
                advice.notify_switches = value != "0";
                advice.findings.push(note(format!(
                    "{name} {value}: switches are {}notified; the count is not settable",
                    if value == "0" { "not " } else { "" }
                )));
            }
            // No delay is what a vSwitch has.
            Some(Effect::Delay) if value == "0" => {}
            Some(Effect::Delay) => advice.findings.push(left_out(DELAY)),
            Some(Effect::Lost(why)) => advice.findings.push(left_out(why)),
            None => advice.findings.push(left_out("not a known parameter of a bond")),
        }
    }
    if let Some((path, name)) = arp {
        let why = if advice.load_balancing == Some(LoadBalancing::IpHash) {
            Some("beacon probing must not be used with iphash")
        } else if advice.uplinks < 3 {
            Some("beacon probing needs three uplinks")
        } else {
            None
        };
        let (message, detection) = match why {
            Some(why) => (
                format!("{name}: no ARP monitoring; link state is watched, for {why}"),
                FailureDetection::Link,
            ),
            None => {
                (format!("{name}: no ARP monitoring; beacon probing comes nearest"), FailureDetection::Beacon)
            }
        };
        advice.failure_detection = detection;
        advice.findings.push(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(path));
    }
}
