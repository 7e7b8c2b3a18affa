//! Where a YAML 1.1 reader would see another value than the one meant.
//!
//! The patterns are those of the YAML 1.1 type repository as PyYAML implements them, which cloud-init, curtin and
//! Ansible use.

/// What a YAML 1.1 reader makes of a plain text that is meant as text, if something else.
pub(crate) fn other_reading(text: &str) -> Option<&'static str> {
    if matches!(text, "" | "~" | "null" | "Null" | "NULL") {
        return Some("nothing");
    }
    if bool_word(text).is_some() {
        return Some("a truth value");
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if sexagesimal(digits) {
        return Some("a number in base 60");
    }
    if is_number(digits) {
        return Some("a number");
    }
    if is_date(text) {
        return Some("a date");
    }
    None
}

/// The YAML 1.1 truth values; PyYAML leaves out `y` and `n`.
pub(crate) fn bool_word(text: &str) -> Option<bool> {
    let same = |word: &str| {
        let capital = word[..1].to_uppercase() + &word[1..];
        text == word || text == word.to_uppercase() || text == capital
    };
    match text.len() {
        2..=5 if ["yes", "on", "true"].into_iter().any(same) => Some(true),
        2..=5 if ["no", "off", "false"].into_iter().any(same) => Some(false),
        _ => None,
    }
}

/// `[1-9][0-9_]*(:[0-5]?[0-9])+`, optionally with a fraction.
fn sexagesimal(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    let mut parts = whole.split(':');
    let head = parts.next().unwrap_or_default();
    let lead = if fraction.is_some() { b'0'..=b'9' } else { b'1'..=b'9' };
    let head_fits = head.bytes().next().is_some_and(|b| lead.contains(&b))
        && head.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    let mut more = 0;
    let rest_fits = parts.all(|part| {
        more += 1;
        matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'])
    });
    let fraction_fits = fraction.is_none_or(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'_'));
    head_fits && rest_fits && more > 0 && fraction_fits
}

fn is_number(text: &str) -> bool {
    if let Some(hex) = text.strip_prefix("0x") {
        return !hex.is_empty() && hex.bytes().all(|b| b.is_ascii_hexdigit() || b == b'_');
    }
    if let Some(binary) = text.strip_prefix("0b") {
        return !binary.is_empty() && binary.bytes().all(|b| matches!(b, b'0' | b'1' | b'_'));
    }
    if matches!(text, ".inf" | ".Inf" | ".INF" | ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'_');
    match text.split_once('.') {
        None => text.bytes().next().is_some_and(|b| b.is_ascii_digit()) && digits(text),
        Some((whole, rest)) => {
            let (fraction, exponent) =
                rest.split_once(['e', 'E']).map_or((rest, None), |(f, e)| (f, Some(e)));
            let exponent_fits = exponent.is_none_or(|e| {
                e.strip_prefix(['-', '+'])
                    .is_some_and(|e| !e.is_empty() && e.bytes().all(|b| b.is_ascii_digit()))
            });
            let some = whole.bytes().next().is_some_and(|b| b.is_ascii_digit())
                || (whole.is_empty() && fraction.bytes().next().is_some_and(|b| b.is_ascii_digit()));
            some && digits(whole) && digits(fraction) && exponent_fits
        }
    }
}

fn is_date(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let year = parts.next().is_some_and(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_digit()));
    let short = |part: Option<&str>| {
        part.is_some_and(|part| (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
    };
    year && short(parts.next()) && short(parts.next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readings_of_plain_texts() {
        for (text, reading) in [
            ("52:54:00:12:34:00", Some("a number in base 60")),
            ("12:34:56:01:02:03", Some("a number in base 60")),
            ("190:20:30.15", Some("a number in base 60")),
            ("00:11:22:33:44:55", None), // base 60 does not start with a zero
            ("52:54:00:12:34:60", None), // 60 is no digit of base 60
            ("0c:c4:7a:b5:80:02", None),
            ("on", Some("a truth value")),
            ("Off", Some("a truth value")),
            ("oN", None),
            ("y", None),
            ("108", Some("a number")),
            ("0o17", None),
            ("0x1F", Some("a number")),
            ("1_000", Some("a number")),
            ("1.5", Some("a number")),
            ("10.0.0.1", None),
            ("1e3", None),
            ("~", Some("nothing")),
            ("2001-12-14", Some("a date")),
            ("vmnic0", None),
            ("-1", Some("a number")),
        ] {
            assert_eq!(other_reading(text), reading, "{text}");
        }
    }
}
