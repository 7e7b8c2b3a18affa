//! Rows of `iscsi`. Options by the index of 5.0, letters by VMware's reference.

use crate::model::grammar::{Kind, Opt, Row, opt, req, table};

const ADAPTER: Opt = opt('A', "adapter", Kind::Str, "Limit to one adapter.");
const ONE: Opt = req('A', "adapter", Kind::Str, "The adapter.");
const DIRECTION: Opt = opt('d', "direction", Kind::Choice(&["uni", "mutual"]), "Who proves itself.");
const TARGET: Opt = opt('n', "name", Kind::Str, "Name of the target.");
const SESSION: Opt = opt('s', "isid", Kind::Str, "Session.");

pub(super) static ROWS: &[Row] = table! {
    "iscsi software get" V5_0 Bare Verified "Show whether software iSCSI is on." [];
    "iscsi software set" V5_0 Bare Verified "Switch software iSCSI on or off."
        [req('e', "enabled", Kind::Bool, "On or off."), opt('n', "name", Kind::Str, "Name of the initiator.")];
    "iscsi adapter list" V5_0 Table Verified "List the iSCSI adapters." [ADAPTER];
    "iscsi adapter get" V5_0 Headed Verified "Show an iSCSI adapter." [ONE];
    "iscsi adapter set" V5_0 None Verified "Change an iSCSI adapter."
        [ONE, opt('a', "alias", Kind::Str, "Alias."), opt('n', "name", Kind::Str, "Name of the initiator."),
         opt('s', "skip-if-default-name", Kind::Bool, "Only where the name was changed.").since(crate::EsxiVersion::new(7, 0))];
    "iscsi adapter auth chap get" V5_0 Table Verified "Show CHAP." [ONE, DIRECTION];
    "iscsi adapter auth chap set" V5_0 None Verified "Set CHAP."
        [ONE, opt('N', "authname", Kind::Str, "Name to prove."), opt('D', "default", Kind::Flag, "Back to none."),
         DIRECTION,
         opt('l', "level", Kind::Choice(&["prohibited", "discouraged", "preferred", "required"]), "How strict."),
         opt('S', "secret", Kind::Str, "Secret.").secret()];
    "iscsi adapter discovery rediscover" V5_0 Bare Verified "Look for targets." [ONE];
    "iscsi adapter discovery status get" V5_0 Bare Verified "Show whether a search runs." [ONE];
    "iscsi adapter discovery sendtarget list" V5_0 Table Verified "List servers asked for targets." [ADAPTER];
    "iscsi adapter discovery sendtarget add" V5_0 None Verified "Ask a server for targets."
        [ONE, req('a', "address", Kind::Str, "Address and port of the server.")];
    "iscsi adapter discovery sendtarget remove" V5_0 None Verified "Ask a server no more."
        [ONE, req('a', "address", Kind::Str, "Address and port of the server.")];
    "iscsi adapter discovery statictarget list" V5_0 Table Verified "List targets named by hand." [ADAPTER];
    "iscsi adapter discovery statictarget add" V5_0 None Verified "Name a target."
        [ONE, req('a', "address", Kind::Str, "Address and port."), req('n', "name", Kind::Str, "Name of the target.")];
    "iscsi adapter discovery statictarget remove" V5_0 None Verified "Remove a target."
        [ONE, req('a', "address", Kind::Str, "Address and port."), req('n', "name", Kind::Str, "Name of the target.")];
    "iscsi adapter target list" V5_0 Table Verified "List targets found." [ADAPTER, TARGET];
    "iscsi adapter target portal list" V5_0 Table Verified "List portals of targets." [ADAPTER, TARGET];
    "iscsi networkportal list" V5_0 Headed Verified "List vmkernel adapters bound to iSCSI." [ADAPTER];
    "iscsi networkportal add" V5_0 None Verified "Bind a vmkernel adapter to iSCSI."
        [ONE, opt('f', "force", Kind::Flag, "Even where it does not comply."),
         req('n', "nic", Kind::Str, "vmkernel adapter.")];
    "iscsi networkportal remove" V5_0 None Verified "Unbind a vmkernel adapter."
        [ONE, opt('f', "force", Kind::Flag, "Even while it is used."), req('n', "nic", Kind::Str, "vmkernel adapter.")];
    "iscsi logicalnetworkportal list" V5_0 Table Verified "List vmkernel adapters that can be bound." [ADAPTER];
    "iscsi session list" V5_0 Headed Verified "List sessions." [ADAPTER, SESSION, TARGET];
    "iscsi session add" V5_0 None Verified "Log in to targets." [ONE, SESSION, TARGET];
    "iscsi session remove" V5_0 None Verified "Log out of targets." [ONE, SESSION, TARGET];
};
