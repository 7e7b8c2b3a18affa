//! Rows of `storage filesystem`, `vmfs`, `nfs` and `nfs41`. Options by the index of 5.0, letters by VMware's
//! reference.

use crate::model::grammar::{Kind, Opt, Row, opt, req, table};
use crate::version::EsxiVersion;

const LABEL: Opt = opt('l', "volume-label", Kind::Str, "Label of the volume.");
const UUID: Opt = opt('u', "volume-uuid", Kind::Str, "UUID of the volume.");
const NO_PERSIST: Opt = opt('n', "no-persist", Kind::Flag, "Only until the next boot.");
const V5_5: EsxiVersion = EsxiVersion::new(5, 5);
const V6_0: EsxiVersion = EsxiVersion::new(6, 0);

pub(super) static ROWS: &[Row] = table! {
    "storage filesystem list" V5_0 Table Verified "List the volumes."
        [opt('i', "ignore-errors", Kind::Flag, "Leave out what cannot be read.").since(V5_5)];
    "storage filesystem mount" V5_0 None Verified "Mount a volume." [LABEL, NO_PERSIST, UUID];
    "storage filesystem unmount" V5_0 None Verified "Unmount a volume."
        [opt('a', "all", Kind::Flag, "Every one that can be.").since(V6_0), LABEL, NO_PERSIST,
         opt('p', "volume-path", Kind::Str, "Path of the volume."), UUID];
    "storage filesystem rescan" V5_0 None Verified "Look for volumes." [];
    "storage filesystem automount" V5_0 None Verified "Mount what is to be mounted." [];
    "storage vmfs extent list" V5_0 Table Verified "List the pieces of VMFS volumes."
        [opt('i', "ignore-errors", Kind::Flag, "Leave out what cannot be read.").since(V5_5)];
    "storage vmfs host list" V6_5 Table Believed "List the hosts that use a VMFS volume." [LABEL, UUID];
    "storage vmfs lockmode list" V5_5 Table Believed "List how volumes are locked." [LABEL, UUID];
    "storage vmfs snapshot list" V5_0 Headed Verified "List copies of volumes." [LABEL, UUID];
    "storage vmfs snapshot extent list" V5_0 Table Verified "List the pieces of copies." [LABEL, UUID];
    "storage vmfs snapshot mount" V5_0 None Verified "Mount a copy as it is." [LABEL, NO_PERSIST, UUID];
    "storage vmfs snapshot resignature" V5_0 None Verified "Give a copy a UUID of its own." [LABEL, UUID];
    "storage vmfs unmap" V5_5 None Verified "Give unused space back to the disk."
        [opt('n', "reclaim-unit", Kind::Int, "Blocks at a time."), LABEL, UUID];
    "storage vmfs upgrade" V5_0 None Verified "Upgrade a volume to the next version." [LABEL, UUID];
    "storage vmfs reclaim config get" V6_5 Simple Verified "Show how space is given back." [LABEL, UUID];
    "storage vmfs reclaim config set" V6_5 None Verified "Set how space is given back."
        [opt('g', "reclaim-granularity", Kind::Int, "Bytes at a time."),
         opt('p', "reclaim-priority", Kind::Choice(&["none", "low", "medium", "high"]), "How fast."), LABEL, UUID];
    "storage nfs list" V5_0 Table Verified "List shares of NFS 3." [];
    "storage nfs add" V5_0 None Verified "Mount a share of NFS 3."
        [req('H', "host", Kind::Str, "Server."),
         opt('p', "is-pe", Kind::Flag, "Protocol endpoint.").since(V6_0),
         opt('r', "readonly", Kind::Flag, "Read only."),
         req('s', "share", Kind::Str, "Exported folder."), req('v', "volume-name", Kind::Str, "Name of the datastore.")];
    "storage nfs remove" V5_0 None Verified "Unmount a share of NFS 3."
        [req('v', "volume-name", Kind::Str, "Name of the datastore.")];
    "storage nfs41 list" V6_0 Table Verified "List shares of NFS 4.1." [];
    "storage nfs41 add" V6_0 None Verified "Mount a share of NFS 4.1."
        [req('H', "hosts", Kind::List, "Servers."), opt('p', "is-pe", Kind::Flag, "Protocol endpoint."),
         opt('r', "readonly", Kind::Flag, "Read only."), opt('a', "sec", Kind::Str, "Security."),
         req('s', "share", Kind::Str, "Exported folder."), req('v', "volume-name", Kind::Str, "Name of the datastore.")];
    "storage nfs41 remove" V6_0 None Verified "Unmount a share of NFS 4.1."
        [req('v', "volume-name", Kind::Str, "Name of the datastore.")];
};
