//! `network vswitch` and what is attached to switches.
//!
//! Names, required options and value types: machine-made index of a 5.0 host (xuru/pyvisdk), command tree of
//! 6.7; the short letters from code that ran on 7.x and 8.x (intel/mfd-esxi). Believed: `-b -k -t` of shaping
//! and `-o` of the port group's security policy, and all of `port`, `multicast` and `sriovnic` but their names.

use crate::model::grammar::{Kind, Row, opt, req, table};

const LB: Kind = Kind::Choice(&["explicit", "iphash", "mac", "portid"]);
const DETECT: Kind = Kind::Choice(&["beacon", "link"]);
const CDP: Kind = Kind::Choice(&["advertise", "both", "down", "listen"]);

const SWITCH: crate::model::grammar::Opt = req('v', "vswitch-name", Kind::Str, "Name of the virtual switch.");
const GROUP: crate::model::grammar::Opt = req('p', "portgroup-name", Kind::Str, "Name of the port group.");
const UPLINK: crate::model::grammar::Opt =
    req('u', "uplink-name", Kind::Str, "Physical adapter to attach or detach.");
const INHERIT: crate::model::grammar::Opt =
    opt('u', "use-vswitch", Kind::Flag, "Inherit everything from the virtual switch again.");

const ACTIVE: crate::model::grammar::Opt =
    opt('a', "active-uplinks", Kind::List, "Active adapters in failover order, with commas between them.");
const STANDBY: crate::model::grammar::Opt =
    opt('s', "standby-uplinks", Kind::List, "Standby adapters in failover order, with commas between them.");
const BALANCE: crate::model::grammar::Opt = opt('l', "load-balancing", LB, "How a port picks its uplink.");
const DETECTION: crate::model::grammar::Opt =
    opt('f', "failure-detection", DETECT, "How a dead uplink is noticed.");
const NOTIFY: crate::model::grammar::Opt =
    opt('n', "notify-switches", Kind::Bool, "Announce moved addresses.");
const FAILBACK: crate::model::grammar::Opt =
    opt('b', "failback", Kind::Bool, "Return to a recovered adapter.");

const FORGED: crate::model::grammar::Opt =
    opt('f', "allow-forged-transmits", Kind::Bool, "Let ports send from another address.");
const MAC: crate::model::grammar::Opt =
    opt('m', "allow-mac-change", Kind::Bool, "Let ports change their address.");

const SHAPE: crate::model::grammar::Opt = opt('e', "enabled", Kind::Bool, "Shape outbound traffic.");
const AVERAGE: crate::model::grammar::Opt =
    opt('b', "avg-bandwidth", Kind::Int, "Average bandwidth in Kbps.");
const PEAK: crate::model::grammar::Opt = opt('k', "peak-bandwidth", Kind::Int, "Peak bandwidth in Kbps.");
const BURST: crate::model::grammar::Opt = opt('t', "burst-size", Kind::Int, "Burst size in KiB.");

const PORT: crate::model::grammar::Opt = req('p', "portid", Kind::Int, "Number of the port.");

pub(in crate::model) static ROWS: &[Row] = table! {
    "network vswitch standard list" V5_0 Headed Verified "List the standard virtual switches."
        [opt('v', "vswitch-name", Kind::Str, "Only this virtual switch.")];
    "network vswitch standard add" V5_0 None Verified "Add a standard virtual switch."
        [opt('P', "ports", Kind::Int, "Number of ports."), SWITCH];
    "network vswitch standard remove" V5_0 None Verified "Remove a standard virtual switch." [SWITCH];
    "network vswitch standard set" V5_0 None Verified "Change a standard virtual switch."
        [opt('c', "cdp-status", CDP, "Discovery protocol."), opt('m', "mtu", Kind::Int, "MTU in bytes."), SWITCH];
    "network vswitch standard uplink add" V5_0 None Verified "Attach a physical adapter." [UPLINK, SWITCH];
    "network vswitch standard uplink remove" V5_0 None Verified "Detach a physical adapter." [UPLINK, SWITCH];
    "network vswitch standard policy failover get" V5_0 Simple Verified "Show the failover policy." [SWITCH];
    "network vswitch standard policy failover set" V5_0 None Verified "Change the failover policy."
        [ACTIVE, FAILBACK, DETECTION, BALANCE, NOTIFY, STANDBY, SWITCH];
    "network vswitch standard policy security get" V5_0 Simple Verified "Show the security policy." [SWITCH];
    "network vswitch standard policy security set" V5_0 None Verified "Change the security policy."
        [FORGED, MAC, opt('p', "allow-promiscuous", Kind::Bool, "Let ports see every frame."), SWITCH];
    "network vswitch standard policy shaping get" V5_0 Simple Verified "Show the shaping policy." [SWITCH];
    "network vswitch standard policy shaping set" V5_0 None Believed "Change the shaping policy."
        [AVERAGE, BURST, SHAPE, PEAK, SWITCH];
    "network vswitch standard portgroup list" V5_0 Table Verified "List the port groups." [];
    "network vswitch standard portgroup add" V5_0 None Verified "Add a port group." [GROUP, SWITCH];
    "network vswitch standard portgroup remove" V5_0 None Verified "Remove a port group." [GROUP, SWITCH];
    "network vswitch standard portgroup set" V5_0 None Verified "Set the VLAN id of a port group."
        [GROUP, opt('v', "vlan-id", Kind::Int, "0 untagged, 1-4094, 4095 guest tagging.")];
    "network vswitch standard portgroup policy failover get" V5_0 Simple Verified
        "Show the failover policy of a port group." [GROUP];
    "network vswitch standard portgroup policy failover set" V5_0 None Verified
        "Change the failover policy of a port group."
        [ACTIVE, FAILBACK, DETECTION, BALANCE, NOTIFY, GROUP, STANDBY, INHERIT];
    "network vswitch standard portgroup policy security get" V5_0 Simple Verified
        "Show the security policy of a port group." [GROUP];
    "network vswitch standard portgroup policy security set" V5_0 None Believed
        "Change the security policy of a port group."
        [FORGED, MAC, opt('o', "allow-promiscuous", Kind::Bool, "Let ports see every frame."), GROUP, INHERIT];
    "network vswitch standard portgroup policy shaping get" V5_0 Simple Verified
        "Show the shaping policy of a port group." [GROUP];
    "network vswitch standard portgroup policy shaping set" V5_0 None Believed
        "Change the shaping policy of a port group." [AVERAGE, BURST, SHAPE, PEAK, GROUP, INHERIT];
    "network vswitch dvs vmware list" V5_0 Headed Verified "List the distributed switches; there are none here."
        [opt('v', "vds-name", Kind::Str, "Only this distributed switch.")];
    "network vswitch dvs vmware lacp config get" V5_1 Headed Believed "Show link aggregation of distributed switches."
        [opt('s', "dvs", Kind::Str, "Only this distributed switch.")];
    "network vswitch dvs vmware lacp stats get" V5_1 Headed Believed "Show what passed link aggregations."
        [opt('s', "dvs", Kind::Str, "Only this distributed switch.")];
    "network vswitch dvs vmware lacp status get" V5_1 Headed Believed "Show how link aggregations are."
        [opt('s', "dvs", Kind::Str, "Only this distributed switch.")];
    "network vm list" V5_1 Table Verified "List the virtual machines that run, with their networks." [];
    "network vm port list" V5_1 Headed Verified "List the ports of a virtual machine."
        [req('w', "world-id", Kind::Int, "World of the virtual machine.")];
    "network port stats get" V5_1 Simple Believed "Show what passed a port." [PORT];
    "network port filter stats get" V5_1 Simple Believed "Show what the filters of a port did." [PORT];
    "network multicast group list" V6_0 Table Believed "List the multicast groups ports listen to." [];
    "network sriovnic list" V5_1 Table Believed "List the adapters that are split into virtual functions." [];
};
