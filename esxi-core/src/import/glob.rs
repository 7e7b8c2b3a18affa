//! Patterns of names.

/// Whether a name fits a pattern of the shell's: `*`, `?`, and `[…]` with ranges and `!`.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else { return name.is_empty() };
    let rest = &pattern[first.len_utf8()..];
    let mut behind = name.chars();
    let next = behind.next();
    match first {
        '*' => glob(rest, name) || next.is_some_and(|_| glob(pattern, behind.as_str())),
        '[' => {
            let Some((set, rest)) = rest
                .char_indices()
                .skip(1)
                .find(|(_, c)| *c == ']')
                .map(|(at, _)| (&rest[..at], &rest[at + 1..]))
            else {
                return next == Some('[') && glob(rest, behind.as_str());
            };
            let (not, set) = match set.strip_prefix(['!', '^']) {
                Some(set) => (true, set),
                None => (false, set),
            };
            next.is_some_and(|c| is_in(set, c) != not) && glob(rest, behind.as_str())
        }
        '?' => next.is_some() && glob(rest, behind.as_str()),
        other => next == Some(other) && glob(rest, behind.as_str()),
    }
}

/// Whether a set such as `a-f0-9_` has the character.
fn is_in(set: &str, wanted: char) -> bool {
    let set: Vec<char> = set.chars().collect();
    let mut at = 0;
    while let Some(first) = set.get(at) {
        let last = match set.get(at + 1..at + 3) {
            Some(['-', last]) => {
                at += 2;
                last
            }
            _ => first,
        };
        if (*first..=*last).contains(&wanted) {
            return true;
        }
        at += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_patterns_as_in_the_shell() {
        for (pattern, fits, other) in [
            ("eno1", "eno1", "eno10"),
            ("en*", "enp3s0f1", "eth0"),
            ("*s0", "enp3s0", "enp3s1"),
            ("en*s0*", "ens0np0", "enp1"),
            ("en?1", "eno1", "en1"),
            ("enp1s16f[2-3]", "enp1s16f3", "enp1s16f4"),
            ("en[!p]*", "eno1", "enp1"),
            ("en[xo-]1", "en-1", "enp1"),
            ("e[", "e[", "e"),
        ] {
            assert!(glob(pattern, fits), "{pattern} {fits}");
            assert!(!glob(pattern, other), "{pattern} {other}");
        }
    }
}
