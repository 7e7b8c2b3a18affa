//! `vm process`.

use crate::model::grammar::{Kind, Row, req, table};

const TYPES: Kind = Kind::Choice(&["soft", "hard", "force"]);

pub(in crate::model) static ROWS: &[Row] = table! {
    "vm process list" V5_0 Headed Verified "List the virtual machines that run." [];
    "vm process kill" V5_0 None Verified "Stop a virtual machine."
        [req('t', "type", TYPES, "How hard: soft, hard, force."), req('w', "world-id", Kind::Int, "Its world.")];
};
