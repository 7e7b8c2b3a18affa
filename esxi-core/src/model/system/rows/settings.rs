//! `system settings`.

use crate::model::grammar::{Kind, Opt, Row, V5_1, opt, req, table};

const PATH: Opt = req('o', "option", Kind::Str, "The option, as /Tree/Name.");

pub(super) static ROWS: &[Row] = table! {
    "system settings advanced list" V5_0 Headed Verified "List advanced options."
        [opt('d', "delta", Kind::Flag, "Only those that are not as they came.").since(V5_1),
         opt('o', "option", Kind::Str, "Only this one."), opt('t', "tree", Kind::Str, "Only those below this path.")];
    "system settings advanced set" V5_0 None Verified "Set an advanced option."
        [opt('d', "default", Kind::Flag, "Back to how it came."), opt('i', "int-value", Kind::Int, "An integer."),
         PATH, opt('s', "string-value", Kind::Str, "A text.")];
    "system settings advanced add" V8_0 None Verified "Add an option below /UserVars."
        [opt('d', "description", Kind::Str, "What it means."), opt('H', "hidden", Kind::Flag, "Not to be listed."),
         opt('O', "host-specific", Kind::Flag, "Its value is this host's own."),
         opt('I', "impact", Kind::Choice(&["maintenance-mode", "reboot", "none"]), "What a change asks for."),
         opt('i', "int-default", Kind::Str, "What it begins with, an integer."),
         opt('M', "max", Kind::Str, "Greatest integer."), opt('m', "min", Kind::Str, "Least integer."),
         PATH, opt('s', "string-default", Kind::Str, "What it begins with, a text."),
         req('t', "type", Kind::Choice(&["integer", "string"]), "integer or string.")];
    "system settings advanced remove" V8_0 None Verified "Remove an option that was added." [PATH];
    "system settings kernel list" V5_0 Table Verified "List kernel options."
        [opt('d', "delta", Kind::Flag, "Only those that are not as they came.").since(V5_1),
         opt('o', "option", Kind::Str, "Only this one.")];
    "system settings kernel set" V5_0 None Verified "Set a kernel option from the next boot on."
        [req('s', "setting", Kind::Str, "Its name."), req('v', "value", Kind::Str, "Its value.")];
    "system settings keyboard layout get" V5_0 Bare Verified "Show the keyboard of the console." [];
    "system settings keyboard layout list" V5_0 Table Verified "List keyboards." [];
    "system settings keyboard layout set" V5_0 None Verified "Set the keyboard of the console."
        [req('l', "layout", Kind::Str, "The keyboard."),
         opt('n', "no-persist", Kind::Flag, "Only until the next boot.")];
};
