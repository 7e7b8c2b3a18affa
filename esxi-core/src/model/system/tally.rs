//! `pam_tally2` (6.0 to 7.0) and `faillock` (from 8.0): what failed to log in, and the way to forget it.

use crate::model::calendar::date;
use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::{Machine, Output};
use crate::version::EsxiVersion;

/// The account asked for, and whether to forget its failures.
fn asked<'a>(words: &[&'a str]) -> Option<(Option<&'a str>, bool)> {
    let (mut user, mut reset) = (None, false);
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        match *word {
            "--user" | "-u" => user = Some(*rest.next()?),
            "--reset" | "-r" => reset = true,
            other => user = Some(other.strip_prefix("--user=")?),
        }
    }
    Some((user, reset))
}

fn missing(name: &str) -> Output {
    Output { stderr: format!("-sh: {name}: not found\n").into_bytes(), status: 127, ..Output::default() }
}

fn accounts(machine: &Machine, user: Option<&str>) -> Vec<String> {
    match user {
        Some(user) => vec![user.to_owned()],
        None => machine.system.tallies.keys().cloned().collect(),
    }
}

/// The table is printed on a reset, too (verified); an account without failures gives nothing (as elsewhere).
pub(super) fn pam_tally2(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    let version = machine.state.version;
    if version < EsxiVersion::new(6, 0) || version >= EsxiVersion::new(8, 0) {
        return missing(call.name());
    }
    let words = call.texts();
    let Some((user, reset)) = asked(&words) else { return not_modelled("pam_tally2", &words) };
    if let Some(user) = user
        && !machine.system.accounts.contains_key(user)
    {
        let stderr = format!("pam_tally2: pam_get_uid; no such user {user}\n").into_bytes();
        return Output { stderr, status: 1, ..Output::default() };
    }
    let mut text = String::new();
    for user in accounts(machine, user) {
        let Some(tally) = machine.system.tallies.get(&user) else { continue };
        if text.is_empty() {
            text.push_str("Login           Failures Latest failure     From\n");
        }
        let (year, month, day) = date((tally.last / 86_400).cast_signed());
        let (hour, minute, second) = (tally.last / 3600 % 24, tally.last / 60 % 60, tally.last % 60);
        let when = format!("{month:02}/{day:02}/{:02} {hour:02}:{minute:02}:{second:02}", year % 100);
        text += &format!("{user:<15.15} {:>5}    {when:<17}  {}\n", tally.failures, tally.from);
        if reset {
            machine.note_success(&user);
        }
    }
    Output::ok(text)
}

/// Layout as elsewhere (believed: no capture of a host is known). A reset says nothing.
pub(super) fn faillock(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &mut *console.machine;
    if machine.state.version < EsxiVersion::new(8, 0) {
        return missing(call.name());
    }
    let words = call.texts();
    let Some((user, reset)) = asked(&words) else { return not_modelled("faillock", &words) };
    let users = accounts(machine, user);
    if reset {
        for user in &users {
            machine.note_success(user);
        }
        return Output::default();
    }
    let mut text = String::new();
    for user in users {
        text += &format!(
            "{user}:\nWhen                Type  Source                                           Valid\n"
        );
        let Some(tally) = machine.system.tallies.get(&user) else { continue };
        let when = super::clock::iso(tally.last).replace('T', " ").replace('Z', "");
        for _ in 0..tally.failures {
            text += &format!("{when:<19} {:<5} {:<48} V\n", "RHOST", tally.from);
        }
    }
    Output::ok(text)
}

#[cfg(test)]
mod tests {
    use crate::model::samples;
    use crate::model::system::testing::{exec, host, text};

    #[test]
    fn pam_tally2_looks_like_the_sample() {
        let mut host = host("6.5");
        assert_eq!(text(&mut host, "pam_tally2 --user root"), "");
        for _ in 0..132 {
            host.note_failure("root", "61.167.12.10", 1_511_913_600);
        }
        let said = text(&mut host, "pam_tally2 --user root --reset");
        assert_eq!(host.failures("root"), 0);
        assert!(said.ends_with("root              132    11/29/17 00:00:00  61.167.12.10\n"), "{said}");
        let Some(sample) = samples::output("pam_tally2--6.5--1.txt") else { return };
        // The published copy lost blanks and the time of day.
        let words = |text: &str| -> Vec<String> {
            text.split_whitespace().filter(|word| !word.contains(':')).map(str::to_owned).collect()
        };
        assert_eq!(words(&said), words(&sample));
        assert_eq!(said.lines().next(), sample.lines().next());
    }

    #[test]
    fn each_release_has_one_of_the_two() {
        for (version, tally, faillock) in
            [("5.5", 127, 127), ("6.7", 0, 127), ("7.0", 0, 127), ("8.0", 127, 0), ("9.0", 127, 0)]
        {
            let mut host = host(version);
            assert_eq!(exec(&mut host, "pam_tally2 --user root").status, tally, "{version}");
            assert_eq!(exec(&mut host, "faillock --user root").status, faillock, "{version}");
        }
        assert_eq!(exec(&mut host("7.0"), "pam_tally2 --user nobody").status, 1);
    }

    #[test]
    fn faillock_opens_an_account() {
        let mut host = host("8.0");
        for _ in 0..5 {
            host.note_failure("root", "192.0.2.9", 60);
        }
        assert!(host.locked("root", 60));
        let said = text(&mut host, "faillock --user root");
        assert_eq!(said.lines().count(), 7, "{said}");
        assert!(said.contains("1970-01-01 00:01:00 RHOST 192.0.2.9 "), "{said}");
        text(&mut host, "faillock --user root --reset");
        assert!(!host.locked("root", 60));
    }
}
