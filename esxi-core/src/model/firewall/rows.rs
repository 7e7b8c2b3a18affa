//! Rows.
//!
//! Names and types: index of a 5.0 host, command tree of 6.7, options of 8.0.1; the short letters from public
//! scripts. Clients of a rule set are not in the index of 5.0. Believed: 5.1 as the first release with them.

use crate::model::grammar::{Kind, Opt, Row, opt, req, table};

const SET: Opt = req('r', "ruleset-id", Kind::Str, "Rule set.");
const ONLY_SET: Opt = opt('r', "ruleset-id", Kind::Str, "Only this rule set.");
const ADDRESS: Opt = req('i', "ip-address", Kind::Ip, "Address, or network as X/N.");

pub(in crate::model) static ROWS: &[Row] = table! {
    "network firewall get" V5_0 Simple Verified "Show whether the firewall filters, and what it does by default." [];
    "network firewall set" V5_0 None Verified "Switch the firewall, or set what it does by default."
        [opt('d', "default-action", Kind::Bool, "What no rule set is about: true passes, false is dropped."),
         opt('e', "enabled", Kind::Bool, "Filter at all.")];
    "network firewall load" V5_0 None Verified "Load the firewall and its rule sets." [];
    "network firewall unload" V5_0 None Verified "Unload the firewall; nothing is filtered then." [];
    "network firewall refresh" V5_0 None Verified "Read the files of the rule sets again." [];
    "network firewall ruleset list" V5_0 Table Verified "List the rule sets." [ONLY_SET];
    "network firewall ruleset set" V5_0 None Verified "Switch a rule set, or let every address in."
        [opt('a', "allowed-all", Kind::Bool, "Every address, or those of the list."),
         opt('e', "enabled", Kind::Bool, "Open its ports."), SET];
    "network firewall ruleset allowedip list" V5_0 Table Verified "List the addresses a rule set is open for."
        [ONLY_SET];
    "network firewall ruleset allowedip add" V5_0 None Verified "Open a rule set for an address." [ADDRESS, SET];
    "network firewall ruleset allowedip remove" V5_0 None Verified "Close a rule set for an address."
        [ADDRESS, SET];
    "network firewall ruleset rule list" V5_0 Table Verified "List the rules of the rule sets." [ONLY_SET];
    "network firewall ruleset client get" V5_1 Simple Verified "Show how many clients a rule set has." [SET];
    "network firewall ruleset client add" V5_1 None Verified "Count one client more, which opens the rule set."
        [SET];
    "network firewall ruleset client remove" V5_1 None Verified
        "Count one client less; the rule set closes with the last." [SET];
};
