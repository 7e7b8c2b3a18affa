//! `network nic`.
//!
//! Names: command trees of 5.0 and 6.7; options of `set`: index of 5.0; of `ring`: 8.0.1; of `coalesce set`: scripts
//! that ran on 6.5 and later. Believed: 5.1 and 6.0 as first releases of what 5.0 lacks, and the other short letters.

use crate::model::grammar::{Kind, Opt, Row, opt, req, table};

const NIC: Opt = req('n', "nic-name", Kind::Str, "Name of the physical adapter.");
const ONLY_NIC: Opt = opt('n', "nic-name", Kind::Str, "Only this physical adapter.");
const VMNIC: Opt = req('n', "vmnic", Kind::Str, "Name of the physical adapter.");
const ONLY_VMNIC: Opt = opt('n', "vmnic", Kind::Str, "Only this physical adapter.");
const ENABLE: Opt = req('e', "enable", Kind::Bool, "Use it.");

pub(in crate::model) static ROWS: &[Row] = table! {
    "network nic list" V5_0 Table Verified "List the physical adapters." [];
    "network nic get" V5_0 Simple Verified "Show one physical adapter." [NIC];
    "network nic up" V5_0 None Verified "Bring a physical adapter up." [NIC];
    "network nic down" V5_0 None Verified "Bring a physical adapter down." [NIC];
    "network nic set" V5_0 None Verified "Set speed and the like of a physical adapter."
        [opt('a', "auto", Kind::Flag, "Negotiate speed and duplex."),
         opt('D', "duplex", Kind::Choice(&["full", "half"]), "Duplex, with the speed."),
         opt('l', "message-level", Kind::Int, "Level of the driver's messages."), NIC,
         opt('P', "phy-address", Kind::Int, "Address of its PHY."),
         opt('p', "port", Kind::Choice(&["aui", "bnc", "da", "fibre", "mii", "tp"]), "Kind of port."),
         opt('S', "speed", Kind::Int, "Speed in Mbps, with the duplex."),
         opt('t', "transceiver-type", Kind::Choice(&["external", "internal"]), "Kind of transceiver."),
         opt('w', "wake-on-lan", Kind::Str, "What wakes the host: letters of p, u, m, b, a, g, s; d for nothing.")];
    "network nic stats get" V5_1 Simple Verified "Show what passed a physical adapter." [NIC];
    "network nic ring current get" V6_5 Simple Verified "Show the sizes of the rings." [NIC];
    "network nic ring current set" V6_5 None Verified "Set the sizes of the rings."
        [opt('j', "rx-jumbo", Kind::Int, "Receive ring for jumbo frames."),
         opt('m', "rx-mini", Kind::Int, "Receive ring for small frames."), NIC,
         opt('r', "rx", Kind::Int, "Receive ring."), opt('t', "tx", Kind::Int, "Send ring.")];
    "network nic ring preset get" V6_5 Simple Verified "Show the largest sizes of the rings." [NIC];
    "network nic coalesce get" V5_1 Table Verified "Show how interrupts are coalesced." [ONLY_VMNIC];
    "network nic coalesce set" V5_1 None Verified "Set how interrupts are coalesced."
        [opt('a', "adaptive-rx", Kind::Bool, "Adapt to what is received."),
         opt('A', "adaptive-tx", Kind::Bool, "Adapt to what is sent."),
         opt('R', "rx-max-frames", Kind::Int, "Frames received until an interrupt."),
         opt('r', "rx-usecs", Kind::Int, "Microseconds until an interrupt after receiving."),
         opt('i', "sample-interval", Kind::Int, "Seconds between two adaptations."),
         opt('T', "tx-max-frames", Kind::Int, "Frames sent until an interrupt."),
         opt('t', "tx-usecs", Kind::Int, "Microseconds until an interrupt after sending."), VMNIC];
    "network nic cso get" V5_1 Table Verified "Show whether checksums are offloaded." [ONLY_NIC];
    "network nic cso set" V5_1 None Believed "Offload checksums." [ENABLE, NIC];
    "network nic tso get" V5_1 Table Verified "Show whether segmentation is offloaded." [ONLY_NIC];
    "network nic tso set" V5_1 None Believed "Offload segmentation." [ENABLE, NIC];
    "network nic sg get" V5_1 Table Verified "Show whether buffers may be scattered." [ONLY_NIC];
    "network nic sg set" V5_1 None Believed "Scatter buffers." [ENABLE, NIC];
    "network nic pauseParams list" V5_1 Table Verified "Show whether pause frames are taken and sent." [ONLY_NIC];
    "network nic pauseParams set" V5_1 None Believed "Take and send pause frames."
        [opt('a', "auto", Kind::Bool, "Negotiate."), NIC, opt('r', "rx", Kind::Bool, "Take them."),
         opt('t', "tx", Kind::Bool, "Send them.")];
    "network nic negotiate restart" V5_1 None Believed "Negotiate again." [NIC];
    "network nic queue count get" V6_0 Table Believed "Show how many queues adapters have." [ONLY_NIC];
    "network nic vlan stats get" V5_1 Headed Believed "Show what passed a physical adapter in each VLAN." [NIC];
    "network nic vlan stats set" V5_1 None Believed "Keep statistics for each VLAN." [ENABLE, NIC];
    "network nic software list" V6_0 Table Verified "List what is done in software for physical adapters." [];
};
