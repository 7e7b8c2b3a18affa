//! Rows of `software`. Options by the indexes of 5.0 and 8.0.1.

use crate::model::grammar::{Kind, Opt, Row, opt, table};
use crate::version::EsxiVersion;

const fn long(name: &'static str, kind: Kind, help: &'static str) -> Opt {
    Opt { short: None, ..opt(' ', name, kind, help) }
}

const DEPOT: Opt = opt('d', "depot", Kind::Str, "Path or URL of a depot.").repeats();
const ONE_DEPOT: Opt = DEPOT.required();
const VIB_URL: Opt = opt('v', "viburl", Kind::Str, "Path or URL of a VIB.").repeats();
const VIB_NAME: Opt = opt('n', "vibname", Kind::Str, "Name of a VIB.").repeats();
const PROFILE: Opt = opt('p', "profile", Kind::Str, "Name of the image profile.").required();
const DRY_RUN: Opt = long("dry-run", Kind::Flag, "Only say what would be done.");
const FORCE: Opt = opt('f', "force", Kind::Flag, "Skip the checks.");
const MAINTENANCE: Opt = long("maintenance-mode", Kind::Flag, "Take the host for one in maintenance mode.");
const NO_LIVE: Opt = long("no-live-install", Kind::Flag, "Only for the next boot.");
const NO_SIG: Opt = long("no-sig-check", Kind::Flag, "Skip acceptance level and signature.");
const PROXY: Opt = long("proxy", Kind::Str, "Proxy server.");
const REBOOTING: Opt = long("rebooting-image", Kind::Flag, "What the next boot takes.");
const NO_WARNING: Opt =
    long("no-hardware-warning", Kind::Flag, "Even on hardware that is no longer supported.")
        .since(EsxiVersion::new(7, 0));
const OK_TO_REMOVE: Opt = long("ok-to-remove", Kind::Flag, "VIBs that are not in the profile may go.");
const LEVEL: Opt = opt(
    'l',
    "level",
    Kind::Choice(&["VMwareCertified", "VMwareAccepted", "PartnerSupported", "CommunitySupported"]),
    "The level.",
);

pub(in crate::model) static ROWS: &[Row] = table! {
    "software acceptance get" V5_0 Bare Verified "Show the acceptance level of the host." [];
    "software acceptance set" V5_0 Bare Verified "Set the acceptance level of the host." [LEVEL.required()];
    "software profile get" V5_0 Simple Verified "Show the image profile of the host." [REBOOTING];
    "software profile install" V5_0 Simple Verified "Install an image profile."
        [ONE_DEPOT, DRY_RUN, FORCE, MAINTENANCE, NO_WARNING, NO_LIVE, NO_SIG, OK_TO_REMOVE, PROFILE, PROXY];
    "software profile update" V5_0 Simple Verified "Update the host to an image profile."
        [long("allow-downgrades", Kind::Flag, "Older VIBs may replace newer ones."), ONE_DEPOT, DRY_RUN, FORCE,
         MAINTENANCE, NO_WARNING, NO_LIVE, NO_SIG, PROFILE, PROXY];
    "software profile validate" V5_0 Simple Verified "Compare the host with an image profile." [ONE_DEPOT, PROFILE, PROXY];
    "software sources profile list" V5_0 Table Verified "List the image profiles of depots." [ONE_DEPOT, PROXY];
    "software sources profile get" V5_0 Headed Verified "Show an image profile of a depot." [ONE_DEPOT, PROFILE, PROXY];
    "software sources vib list" V5_0 Table Verified "List the VIBs of depots." [ONE_DEPOT, PROXY];
    "software sources vib get" V5_0 Headed Verified "Show VIBs of depots." [DEPOT, VIB_NAME, PROXY, VIB_URL];
    "software vib list" V5_0 Table Verified "List the VIBs of the host." [REBOOTING];
    "software vib get" V5_0 Headed Verified "Show VIBs of the host." [REBOOTING, VIB_NAME];
    "software vib install" V5_0 Simple Verified "Install VIBs."
        [DEPOT, DRY_RUN, FORCE, MAINTENANCE, NO_LIVE, NO_SIG, PROXY, VIB_NAME, VIB_URL];
    "software vib update" V5_0 Simple Verified "Update VIBs that are there."
        [DEPOT, DRY_RUN, FORCE, MAINTENANCE, NO_LIVE, NO_SIG, PROXY, VIB_NAME, VIB_URL];
    "software vib remove" V5_0 Simple Verified "Remove VIBs."
        [DRY_RUN, FORCE, MAINTENANCE, NO_LIVE, VIB_NAME.required()];
    "software vib signature verify" V6_0 Table Verified "Check the signatures of VIBs." [REBOOTING];
};
