//! The `system` commands that facts need.

use crate::model::grammar::{Kind, Row, opt, table};

pub(in crate::model) static ROWS: &[Row] = table! {
    "system version get" V5_0 Simple Verified "Show product, version and build." [];
    "system uuid get" V5_0 Bare Verified "Show the system UUID." [];
    "system hostname get" V5_0 Simple Verified "Show host and domain name." [];
    "system hostname set" V5_0 None Verified "Set host and domain name."
        [opt('d', "domain", Kind::Str, "Domain."), opt('f', "fqdn", Kind::Str, "Whole name."),
         opt('H', "host", Kind::Str, "Name without domain.")];
};
