//! Rows of `storage nmp` and `hpp`. Options by the index of 5.0, letters by VMware's reference.

use crate::model::grammar::{Kind, Opt, Row, opt, req, table};

const DEVICE: Opt = opt('d', "device", Kind::Str, "Limit to one device.");
const ONE_DEVICE: Opt = req('d', "device", Kind::Str, "The device.");
const BOOT: Opt = opt('b', "boot", Kind::Flag, "A default that the host boots with.");
const SATP: Opt = req('s', "satp", Kind::Str, "Storage array type plug-in.");

pub(super) static ROWS: &[Row] = table! {
    "storage nmp device list" V5_0 Headed Verified "List the devices of NMP." [DEVICE];
    "storage nmp device set" V5_0 None Verified "Set the path selection policy of a device."
        [opt('E', "default", Kind::Flag, "The default one."), ONE_DEVICE,
         opt('P', "psp", Kind::Str, "Path selection policy.")];
    "storage nmp path list" V5_0 Headed Verified "List the paths of NMP."
        [DEVICE, opt('p', "path", Kind::Str, "Limit to one path.")];
    "storage nmp psp list" V5_0 Table Verified "List the path selection policies." [];
    "storage nmp psp fixed deviceconfig get" V5_0 Simple Verified "Show the preferred path of a device." [ONE_DEVICE];
    "storage nmp psp fixed deviceconfig set" V5_0 None Verified "Set the preferred path of a device."
        [opt('E', "default", Kind::Flag, "None."), ONE_DEVICE, opt('p', "path", Kind::Str, "Path.")];
    "storage nmp psp roundrobin deviceconfig get" V5_0 Simple Verified "Show round robin of a device." [ONE_DEVICE];
    "storage nmp psp roundrobin deviceconfig set" V5_0 None Verified "Set round robin of a device."
        [opt('B', "bytes", Kind::Int, "Bytes on one path."), ONE_DEVICE,
         opt('I', "iops", Kind::Int, "Commands on one path."),
         opt('t', "type", Kind::Choice(&["bytes", "default", "iops"]), "What to count."),
         opt('U', "useano", Kind::Bool, "Take paths that are not optimised.")];
    "storage nmp satp list" V5_0 Table Verified "List the array types." [];
    "storage nmp satp set" V5_0 Bare Verified "Set the default policy of an array type."
        [BOOT, req('P', "default-psp", Kind::Str, "Path selection policy."), SATP];
    "storage nmp satp rule list" V5_0 Table Verified "List the rules for array types."
        [opt('s', "satp", Kind::Str, "Limit to one array type.")];
    "storage nmp satp rule add" V5_0 None Verified "Add a rule for an array type."
        [BOOT, opt('c', "claim-option", Kind::Str, "What the array must support."),
         opt('e', "description", Kind::Str, "Note."), opt('d', "device", Kind::Str, "Device."),
         opt('D', "driver", Kind::Str, "Driver."), opt('f', "force", Kind::Flag, "Even if there is one."),
         opt('M', "model", Kind::Str, "Model."), opt('o', "option", Kind::Str, "Option."),
         opt('P', "psp", Kind::Str, "Path selection policy."), opt('O', "psp-option", Kind::Str, "Its options."),
         SATP, opt('R', "transport", Kind::Str, "Transport."), opt('t', "type", Kind::Str, "Kind of the rule."),
         opt('V', "vendor", Kind::Str, "Vendor.")];
    "storage nmp satp rule remove" V5_0 None Verified "Remove a rule for an array type."
        [BOOT, opt('c', "claim-option", Kind::Str, "What the array must support."),
         opt('e', "description", Kind::Str, "Note."), opt('d', "device", Kind::Str, "Device."),
         opt('D', "driver", Kind::Str, "Driver."), opt('M', "model", Kind::Str, "Model."),
         opt('o', "option", Kind::Str, "Option."), opt('P', "psp", Kind::Str, "Path selection policy."),
         opt('O', "psp-option", Kind::Str, "Its options."), SATP, opt('R', "transport", Kind::Str, "Transport."),
         opt('t', "type", Kind::Str, "Kind of the rule."), opt('V', "vendor", Kind::Str, "Vendor.")];
    "storage hpp device list" V6_7 Headed Believed "List the devices of HPP." [DEVICE];
    "storage hpp path list" V6_7 Headed Believed "List the paths of HPP." [DEVICE];
};
