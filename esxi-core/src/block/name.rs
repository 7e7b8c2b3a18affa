//! Which names machines can have: host names, so that every export and every guest can carry them.

/// Why a name cannot be a host name, and the host name that was probably meant.
pub(super) fn wrong_name(name: &str) -> Option<(&'static str, Option<String>)> {
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let numeric = |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit());
    let labels = || name.split('.');
    let why = if name.trim().is_empty() {
        return Some(("is empty", None));
    } else if name.chars().any(char::is_control) {
        return Some(("has a control character in it", None));
    } else if name.len() > 253 || labels().any(|label| label.len() > 63) {
        return Some(("is too long for a host name", None));
    } else if !name.chars().all(|c| letter(c) || c == '.') {
        "has characters that host names do not have"
    } else if labels().any(|label| label.is_empty() || label.starts_with('-') || label.ends_with('-')) {
        "has a part that is empty or begins or ends with a hyphen"
    } else if labels().next_back().is_some_and(numeric) {
        // RFC 1123, 2.1: what ends in a number is an address to whoever looks it up.
        return Some(("ends in a number and would be taken for an address", None));
    } else if labels().any(|label| label.eq_ignore_ascii_case("localhost")) {
        // RFC 6761, 6.3; and a hosts file that gives the name another address breaks the machine it is on.
        return Some(("means every machine itself", None));
    } else {
        return None;
    };
    let meant: String = name.chars().map(|c| if letter(c) || c == '.' { c } else { '-' }).collect();
    let labels = meant.split('.').map(|label| label.trim_matches('-')).filter(|label| !label.is_empty());
    let meant = labels.collect::<Vec<_>>().join(".");
    Some((why, Some(meant).filter(|meant| wrong_name(meant).is_none())))
}

#[cfg(test)]
mod tests {
    use super::wrong_name;

    #[test]
    fn host_names_pass_and_what_others_would_misread_does_not() {
        for good in ["a", "web-1", "web_1", "Mail.example.org", "7of9", "1.example", "x.y1", &"a".repeat(63)]
        {
            assert_eq!(wrong_name(good), None, "{good}");
        }
        for (bad, meant) in [
            ("", None),
            (" ", None),
            ("a\u{1b}b", None),
            (&*"a".repeat(64), None),
            ("a b", Some("a-b")),
            ("web.", Some("web")),
            (".web", Some("web")),
            ("-web-", Some("web")),
            ("wéb", Some("w-b")),
            ("é", None),
            ("localhost", None),
            ("LocalHost", None),
            ("localhost.localdomain", None),
            ("localhost.", None),
            ("192.0.2.1", None),
            ("12", None),
            ("web.1", None),
        ] {
            let (why, fix) = wrong_name(bad).unwrap_or_else(|| panic!("{bad:?} passes"));
            assert!(!why.is_empty());
            assert_eq!(fix.as_deref(), meant, "{bad:?}");
        }
    }
}
