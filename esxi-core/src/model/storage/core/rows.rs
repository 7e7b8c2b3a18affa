//! Rows of `storage core`. Options by the index of 5.0, letters by VMware's reference.

use crate::model::grammar::{Kind, Opt, Row, opt, req, table};
use crate::model::storage::long;
use crate::version::EsxiVersion;

const V5_5: EsxiVersion = EsxiVersion::new(5, 5);
const V6_0: EsxiVersion = EsxiVersion::new(6, 0);

const DEVICE: Opt = opt('d', "device", Kind::Str, "Limit to one device.");
const ONE_DEVICE: Opt = req('d', "device", Kind::Str, "The device.");
const ADAPTER: Opt = opt('A', "adapter", Kind::Str, "Limit to one adapter.");
const CLASS: Opt =
    opt('c', "claimrule-class", Kind::Choice(&["MP", "Filter", "VAAI", "all"]), "Class of rules.");
const RULE: Opt = opt('r', "rule", Kind::Int, "Number of the rule.");

pub(super) static ROWS: &[Row] = table! {
    "storage core adapter list" V5_0 Table Verified "List the storage adapters." [];
    "storage core adapter rescan" V5_0 None Verified "Look for new devices and volumes."
        [opt('A', "adapter", Kind::Str, "Only this adapter."), opt('a', "all", Kind::Flag, "Every adapter."),
         opt('S', "skip-claim", Kind::Flag, "Claim no new paths."),
         opt('F', "skip-fs-scan", Kind::Flag, "Look for no volumes."),
         opt('t', "type", Kind::Choice(&["add", "all", "delete", "update"]), "What to do.")];
    "storage core adapter stats get" V5_0 Headed Verified "Show counters of adapters." [ADAPTER];
    "storage core adapter device list" V6_5 Table Believed "List the devices of adapters." [ADAPTER];
    "storage core adapter capabilities list" V6_5 Table Believed "List what adapters can do." [ADAPTER];
    "storage core claiming autoclaim" V5_0 None Verified "Switch automatic claiming on or off."
        [CLASS, req('e', "enabled", Kind::Bool, "On or off."), opt('w', "wait", Kind::Flag, "Wait for it.")];
    "storage core claiming reclaim" V5_0 None Verified "Unclaim and claim the paths of a device." [ONE_DEVICE];
    "storage core claiming unclaim" V5_0 None Verified "Unclaim paths."
        [opt('A', "adapter", Kind::Str, "Adapter."), opt('C', "channel", Kind::Int, "Channel."), CLASS,
         opt('d', "device", Kind::Str, "Device."), opt('D', "driver", Kind::Str, "Driver."),
         opt('L', "lun", Kind::Int, "Logical unit."), opt('m', "model", Kind::Str, "Model."),
         opt('p', "path", Kind::Str, "Path."), opt('P', "plugin", Kind::Str, "Plug-in."),
         opt('T', "target", Kind::Int, "Target."),
         req('t', "type", Kind::Choice(&["location", "path", "driver", "device", "plugin", "vendor"]), "What to go by."),
         opt('v', "vendor", Kind::Str, "Vendor.")];
    "storage core claimrule add" V5_0 None Verified "Add a rule for claiming paths."
        [opt('A', "adapter", Kind::Str, "Adapter."), opt('u', "autoassign", Kind::Flag, "Choose the number."),
         opt('C', "channel", Kind::Int, "Channel."), CLASS, opt('d', "device", Kind::Str, "Device."),
         opt('D', "driver", Kind::Str, "Driver."), opt('f', "force", Kind::Flag, "Take reserved numbers too."),
         long("if-unset", Kind::Str, "Only where this option is not set."),
         opt('i', "iqn", Kind::Str, "iSCSI name of the target."), opt('L', "lun", Kind::Int, "Logical unit."),
         opt('M', "model", Kind::Str, "Model."), req('P', "plugin", Kind::Str, "Plug-in that claims."), RULE,
         opt('T', "target", Kind::Int, "Target."), opt('R', "transport", Kind::Str, "Transport."),
         req('t', "type", Kind::Choice(&["vendor", "location", "driver", "transport", "device", "target", "all"]), "What to go by."),
         opt('V', "vendor", Kind::Str, "Vendor."), long("wwnn", Kind::Str, "Node name of the target."),
         long("wwpn", Kind::Str, "Port name of the target.")];
    "storage core claimrule list" V5_0 Table Verified "List the rules for claiming paths." [CLASS];
    "storage core claimrule load" V5_0 None Verified "Load the rules into the kernel." [CLASS];
    "storage core claimrule move" V5_0 None Verified "Give a rule another number."
        [CLASS, req('n', "new-rule", Kind::Int, "New number."), req('r', "rule", Kind::Int, "Number of the rule.")];
    "storage core claimrule remove" V5_0 None Verified "Remove a rule."
        [CLASS, opt('P', "plugin", Kind::Str, "Plug-in."), RULE];
    "storage core claimrule run" V5_0 None Verified "Apply the rules to paths."
        [opt('A', "adapter", Kind::Str, "Adapter."), opt('C', "channel", Kind::Int, "Channel."), CLASS,
         opt('d', "device", Kind::Str, "Device."), opt('L', "lun", Kind::Int, "Logical unit."),
         opt('p', "path", Kind::Str, "Path."), opt('T', "target", Kind::Int, "Target."),
         opt('t', "type", Kind::Choice(&["location", "path", "all"]), "What to go by."),
         opt('w', "wait", Kind::Flag, "Wait for it.")];
    "storage core device list" V5_0 Headed Verified "List the devices."
        [DEVICE, opt('e', "exclude-offline", Kind::Flag, "Leave offline ones out.").since(V6_0),
         opt('p', "pe-only", Kind::Flag, "Only protocol endpoints.").since(V6_0)];
    "storage core device set" V5_0 None Verified "Change a device."
        [ONE_DEVICE, opt('n', "name", Kind::Str, "Display name."),
         opt('N', "no-persist", Kind::Flag, "Only until the next boot."),
         opt('s', "state", Kind::Choice(&["on", "off"]), "State."),
         opt('m', "max-queue-depth", Kind::Int, "Depth of the queue.").since(V6_0),
         opt('O', "sched-num-req-outstanding", Kind::Int, "Requests of competing worlds.").since(V5_5),
         opt('q', "queue-full-sample-size", Kind::Int, "Sample size.").since(EsxiVersion::new(5, 1)),
         opt('Q', "queue-full-threshold", Kind::Int, "Threshold.").since(EsxiVersion::new(5, 1)),
         opt('l', "led-state", Kind::Str, "State of its light.").since(V6_0)];
    "storage core device setconfig" V5_0 None Verified "Change what is remembered of a device."
        [long("detached", Kind::Bool, "Detached."), ONE_DEVICE,
         long("perennially-reserved", Kind::Bool, "Perennially reserved."),
         long("shared-clusterwide", Kind::Bool, "Shared in the cluster.").since(V6_0)];
    "storage core device capacity list" V6_5 Table Verified "List sizes and block sizes." [DEVICE];
    "storage core device partition list" V5_0 Table Verified "List the partitions." [DEVICE];
    "storage core device partition showguid" V5_1 Table Believed "List partition types." [DEVICE];
    "storage core device detached list" V5_0 Table Verified "List detached devices." [DEVICE];
    "storage core device detached remove" V5_0 None Verified "Forget that a device is detached."
        [long("all", Kind::Flag, "Every one."), ONE_DEVICE];
    "storage core device uidmap list" V6_5 Headed Believed "List the names of devices." [DEVICE];
    "storage core device smart get" V5_1 Table Verified "Show the health of a device."
        [req('d', "device-name", Kind::Str, "The device.")];
    "storage core device stats get" V5_0 Headed Verified "Show counters of devices." [DEVICE];
    "storage core device vaai status get" V5_0 Headed Verified "Show what devices accelerate." [DEVICE];
    "storage core device world list" V5_0 Table Verified "List who has devices open." [DEVICE];
    "storage core device physical get" V6_5 Simple Believed "Show where a device sits." [ONE_DEVICE];
    "storage core device raid list" V6_5 Table Believed "List the disks behind a logical one." [DEVICE];
    "storage core path list" V5_0 Headed Verified "List the paths to devices."
        [DEVICE, opt('p', "path", Kind::Str, "Limit to one path.")];
    "storage core path set" V5_0 None Verified "Switch a path on or off."
        [req('p', "path", Kind::Str, "The path."), req('s', "state", Kind::Choice(&["active", "off"]), "State.")];
    "storage core path stats get" V5_0 Headed Verified "Show counters of paths."
        [opt('p', "path", Kind::Str, "Limit to one path.")];
    "storage core plugin list" V5_0 Table Verified "List the loaded plug-ins."
        [opt('N', "plugin-class", Kind::Str, "Limit to one class.")];
    "storage core plugin registration list" V5_0 Table Verified "List the registered plug-ins."
        [opt('m', "module-name", Kind::Str, "Limit to one module."), opt('N', "plugin-class", Kind::Str, "Limit to one class.")];
};
