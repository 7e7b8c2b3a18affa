//! Accounts, permissions, and the SSH server.

use crate::model::grammar::{Kind, Opt, Row, V8_0, opt, req, table};

const ID: Opt = req('i', "id", Kind::Str, "User ID.");
const GROUP: Opt = opt('g', "group", Kind::Flag, "The ID is a directory's group.");
const DESCRIPTION: Opt = opt('d', "description", Kind::Str, "Free text, such as a full name.");
const PASSWORD: Opt = opt('p', "password", Kind::Str, "The password.").secret();
const AGAIN: Opt = opt('c', "password-confirmation", Kind::Str, "The password once more.").secret();
const SHELL: Opt = opt('s', "shell-access", Kind::Bool, "Whether it gets a shell.").since(V8_0);
const USER: Opt = req('u', "user", Kind::Str, "User whose keys these are.");

pub(super) static ROWS: &[Row] = table! {
    "system account list" V6_0 Table Verified "List the local accounts." [];
    "system account add" V6_0 None Verified "Add a local account." [DESCRIPTION, ID, PASSWORD, AGAIN, SHELL];
    "system account set" V6_0 None Verified "Change a local account." [DESCRIPTION, ID, PASSWORD, AGAIN, SHELL];
    "system account remove" V6_0 None Verified "Remove a local account." [ID];
    "system permission list" V6_0 Table Verified "List who may do what." [];
    "system permission set" V6_0 None Verified "Say what an account may do."
        [GROUP, ID, req('r', "role", Kind::Choice(&["Admin", "NoAccess", "ReadOnly"]), "Its role.")];
    "system permission unset" V6_0 None Verified "Take an account's role away." [GROUP, ID];
    "system ssh server config list" V8_0 Table Verified "List the settings of the SSH server."
        [opt('k', "key", Kind::Str, "Only this one.")];
    "system ssh server config set" V8_0 None Verified "Change a setting of the SSH server."
        [req('k', "key", Kind::Str, "Its name."), req('v', "value", Kind::Str, "Its value; default takes it back.")];
    "system ssh key add" V8_0 None Verified "Let a key log in."
        [req('k', "key", Kind::Str, "The public key, as a line of authorized_keys."), USER];
    "system ssh key list" V8_0 Table Believed "List the keys that may log in."
        [opt('u', "user", Kind::Str, "Only this user's.")];
    "system ssh key remove" V8_0 None Believed "Take a key away."
        [opt('a', "all", Kind::Flag, "Every key of the user."), opt('k', "key", Kind::Str, "The public key."), USER];
};
