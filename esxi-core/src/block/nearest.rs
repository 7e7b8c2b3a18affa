//! What was probably meant by a name that is not known.

use crate::diag::Diagnostic;

/// So many names are listed: of a plan's machines there may be thousands.
const LIST_UP_TO: usize = 24;

/// The known name that is near enough to be a slip of the hand; of two that are equally near the one that stands first.
pub(super) fn nearest_name<'a>(given: &str, known: &[&'a str]) -> Option<&'a str> {
    let given = given.to_lowercase();
    known
        .iter()
        .map(|name| {
            let distance = strsim::jaro_winkler(&given, name);
            // "router" means router-vm.
            (if !given.is_empty() && name.starts_with(&given) { 1.0 } else { distance }, *name)
        })
        .reduce(|best, next| if next.0 > best.0 { next } else { best })
        .filter(|(near, _)| *near > 0.75)
        .map(|(_, name)| name)
}

/// Names what is known, and offers the nearest.
pub(super) fn nearest(found: Diagnostic, given: &str, known: &[&str]) -> Diagnostic {
    let list = listed(known);
    match nearest_name(given, known) {
        Some(name) => found.help(format!("did you mean {name}? Known: {list}")).fix(name),
        None => found.help(format!("known: {list}")),
    }
}

/// The names with commas between them, of a long list the beginning.
pub(super) fn listed(names: &[impl AsRef<str>]) -> String {
    let shown: Vec<&str> = names.iter().take(LIST_UP_TO).map(AsRef::as_ref).collect();
    match names.len().saturating_sub(LIST_UP_TO) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_and_slips_are_understood() {
        let known = ["direct", "router-vm", "router-subnet"];
        for (given, meant) in
            [("router", Some("router-vm")), ("Driect", Some("direct")), ("bridge", None), ("", None)]
        {
            assert_eq!(nearest_name(given, &known), meant, "{given}");
        }
    }

    #[test]
    fn long_lists_are_cut() {
        let names: Vec<String> = (0..5000).map(|n| format!("vm{n}")).collect();
        assert_eq!(listed(&names[..2]), "vm0, vm1");
        assert!(listed(&names).ends_with("vm23 and 4976 more"));
    }
}
