//! Pseudonyms for what identifies a host or its owner.
//!
//! A pseudonym is as long as what it stands for, so that columns stay where they are, and the same wherever it
//! stands, so that what belongs together still does.

use super::Entry;
use crate::model::read::read;
use crate::model::value::{Structure, Value};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Fields, by their name, that hold what only one host has, or a secret.
const OWN: &[&str] = &[
    "AssetTag",
    "BIOSAssetTag",
    "Communities",
    "EnclosureSerialNumber",
    "Engineid",
    "PrivHash",
    "Remoteusers",
    "SerialNumber",
    "ServiceTag",
    "Syscontact",
    "Syslocation",
    "Targets",
    "Users",
    "V3targets",
];

/// Fields that hold names of hosts and domains.
const NAMES: &[&str] = &["DNSSearchDomains", "DomainName", "FullyQualifiedDomainName", "HostName"];

/// What stands in such a field where there is nothing, or nothing of its own.
const NOTHING: &[&str] =
    &["N/A", "None", "none", "unknown", "localhost", "localdomain", "localhost.localdomain"];

pub(super) fn redact(entries: &mut [Entry], keep_names: bool) {
    let mut names = Pseudonyms::default();
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for entry in entries.iter() {
        let reading = read(&entry.output);
        let structures = reading.structures();
        for (kind, fields) in [('s', OWN), ('h', NAMES)] {
            if kind == 'h' && keep_names {
                continue;
            }
            for text in structures.iter().flat_map(|one| values(one, fields)) {
                let text = text.trim();
                if text.len() > 2 && !NOTHING.contains(&text) && !known.contains_key(text) {
                    known.insert(text.to_owned(), names.word(kind, text));
                }
            }
        }
    }
    // A name may be a part of a longer one, which is replaced first.
    let mut known: Vec<(String, String)> = known.into_iter().collect();
    known.sort_by_key(|(text, _)| std::cmp::Reverse(text.len()));
    for entry in entries {
        // Where a version may have four parts, it is no address.
        let versions = entry
            .argv
            .iter()
            .any(|word| matches!(word.as_str(), "version" | "software" | "vmware" | "uname" | "busybox"));
        entry.output = names.scan(&replaced(&entry.output, &known), !versions);
        for word in &mut entry.argv {
            *word = names.scan(&replaced(word, &known), true);
        }
    }
}

/// Texts of these fields, also of nested ones.
fn values(structure: &Structure, wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for field in &structure.fields {
        let own = wanted.iter().any(|name| field.is_called(name));
        match &field.value {
            Value::Struct(inner) => found.extend(values(inner, wanted)),
            Value::List(items) => found.extend(items.iter().flat_map(|item| values(item, wanted))),
            Value::StrList(list) if own => found.extend(list.iter().cloned()),
            scalar if own => found.extend(scalar.text().split(", ").map(str::to_owned)),
            _ => {}
        }
    }
    found
}

/// Whole words only: `esx` is no part of `esxcli`.
fn replaced(text: &str, known: &[(String, String)]) -> String {
    let mut text = text.to_owned();
    for (from, to) in known {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.as_str();
        while let Some(at) = rest.find(from.as_str()) {
            let (before, after) = (&rest[..at], &rest[at + from.len()..]);
            let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            out.push_str(before);
            let whole = !inside(out.chars().next_back()) && !inside(after.chars().next());
            out.push_str(if whole { to } else { from });
            rest = after;
        }
        out.push_str(rest);
        text = out;
    }
    text
}

/// What was replaced by what.
#[derive(Default)]
struct Pseudonyms {
    words: BTreeMap<(char, String), String>,
    counts: BTreeMap<(char, usize), u64>,
    /// Octets by the address before them.
    octets: BTreeMap<(String, u8), u8>,
    used: BTreeMap<(String, usize), u8>,
}

impl Pseudonyms {
    /// A letter and a number.
    fn word(&mut self, kind: char, text: &str) -> String {
        let width = text.chars().count().saturating_sub(1);
        self.of(kind, text, |number| {
            let digits = number.to_string();
            let digits = &digits[digits.len().saturating_sub(width)..];
            format!("{kind}{digits:0>width$}")
        })
    }
    /// Hexadecimal digits in the place of others; what is none stays.
    fn hex(&mut self, kind: char, text: &str, kept: usize) -> String {
        let count = text.bytes().skip(kept).filter(u8::is_ascii_hexdigit).count();
        self.of(kind, text, |number| {
            let digits = format!("{number:0>count$x}");
            let mut digits = digits[digits.len() - count..].chars();
            let put = |(at, c): (usize, char)| match at >= kept && c.is_ascii_hexdigit() {
                true => digits.next().unwrap_or('0'),
                false => c,
            };
            text.chars().enumerate().map(put).collect()
        })
    }
    fn of(&mut self, kind: char, text: &str, make: impl FnOnce(u64) -> String) -> String {
        if let Some(known) = self.words.get(&(kind, text.to_owned())) {
            return known.clone();
        }
        let count = self.counts.entry((kind, text.len())).or_default();
        *count += 1;
        let made = make(*count);
        self.words.insert((kind, text.to_owned()), made.clone());
        made
    }

    /// Octet by octet, each with as many digits as before, so that networks stay networks. What stands for no
    /// host stays: masks, loopback, multicast, and the first octets of private networks.
    fn ipv4(&mut self, address: Ipv4Addr) -> String {
        let octets = address.octets();
        if matches!(octets[0], 0 | 127 | 224..) {
            return address.to_string();
        }
        let kept = match octets {
            [10, ..] => 1,
            [192, 168, ..] | [172, 16..=31, ..] | [169, 254, ..] => 2,
            _ => 0,
        };
        let (mut before, mut parts) = (String::new(), Vec::new());
        for (at, octet) in octets.into_iter().enumerate() {
            let put = if at < kept || matches!(octet, 0 | 255) {
                octet
            } else {
                self.octet(&before, octet, at == 0)
            };
            before.push_str(&format!("{octet}."));
            parts.push(put.to_string());
        }
        parts.join(".")
    }
    fn octet(&mut self, before: &str, octet: u8, first: bool) -> u8 {
        if let Some(known) = self.octets.get(&(before.to_owned(), octet)) {
            return *known;
        }
        let (low, high) = match octet {
            0..10 => (1, 9),
            10..100 => (11, 99),
            // 127 is loopback.
            _ if first => (128, 223),
            _ => (100, 254),
        };
        let next = self.used.entry((before.to_owned(), octet.to_string().len())).or_insert(low);
        let put = *next;
        *next = if put >= high { low } else { put + 1 };
        self.octets.insert((before.to_owned(), octet), put);
        put
    }
    /// Group by group; what says which kind of address it is stays.
    fn ipv6(&mut self, text: &str) -> String {
        let group = |group: &str| match group.len() {
            0 | 1 => group.to_owned(),
            _ if group.starts_with("fe8") || group.starts_with("ff") || group.contains('.') => {
                group.to_owned()
            }
            length => {
                let low = 16_u64.pow(u32::try_from(length).unwrap_or(4).saturating_sub(1));
                self.of('6', group, |number| format!("{:x}", low + number % low))
            }
        };
        text.split(':').map(group).collect::<Vec<_>>().join(":")
    }

    /// Replaces what has a form of its own.
    fn scan(&mut self, text: &str, addresses: bool) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        let mut before = ' ';
        while let Some(c) = rest.chars().next() {
            let found =
                if before.is_ascii_alphanumeric() { None } else { self.find(rest, before, addresses) };
            let length = match found {
                Some((length, put)) => {
                    out.push_str(&put);
                    length
                }
                None => {
                    out.push(c);
                    c.len_utf8()
                }
            };
            before = rest[..length].chars().next_back().unwrap_or(' ');
            rest = &rest[length..];
        }
        out
    }

    /// What stands at the beginning of this text, and its pseudonym.
    fn find(&mut self, text: &str, before: char, addresses: bool) -> Option<(usize, String)> {
        let hex = |c: char| c.is_ascii_hexdigit();
        for (sizes, separators) in
            [(&[8, 4, 4, 4, 12][..], "----"), (&[8, 8, 4, 12], "---"), (&[2; 16], "       -       ")]
        {
            if let Some(length) = groups(text, sizes, separators, hex) {
                return Some((length, self.hex('u', &text[..length], 0)));
            }
        }
        if let Some(length) = groups(text, &[2; 6], ":::::", hex) {
            let zero = text[..length].chars().all(|c| matches!(c, '0' | ':'));
            let put = if zero { text[..length].to_owned() } else { self.hex('m', &text[..length], 9) };
            return Some((length, put));
        }
        // Licence keys.
        if let Some(length) = groups(text, &[5; 5], "----", |c| c.is_ascii_uppercase() || c.is_ascii_digit())
        {
            return Some((length, hidden(&text[..length])));
        }
        let run = |fits: fn(char) -> bool| text.find(|c| !fits(c)).unwrap_or(text.len());
        if text.starts_with("naa.") || text.starts_with("eui.") {
            let length = 4 + text[4..].find(|c: char| !hex(c)).unwrap_or(text.len() - 4);
            // The manufacturer stays.
            return (length >= 20).then(|| (length, self.hex('d', &text[..length], 11)));
        }
        if text.starts_with("t10.") {
            let length = run(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'));
            let name = text[..length].trim_end_matches('_');
            let serial = name.rfind("__").map_or(name.len(), |at| at + 2);
            let put = self.word('t', &name[serial..]);
            return (serial < name.len()).then(|| (name.len(), format!("{}{put}", &name[..serial])));
        }
        if text.starts_with("$6$") || text.starts_with("$5$") || text.starts_with("$1$") {
            let length = run(|c| c.is_ascii_alphanumeric() || matches!(c, '$' | '.' | '/'));
            return Some((length, hidden(&text[..length])));
        }
        // Keys and certificates.
        let length = run(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '='));
        let mixed = |fits: fn(&u8) -> bool| text.as_bytes()[..length].iter().any(fits);
        // A sixth of what is random are digits; of a long path hardly any.
        let digits = text.as_bytes()[..length].iter().filter(|byte| byte.is_ascii_digit()).count();
        if length >= 60
            && digits * 12 >= length
            && mixed(u8::is_ascii_uppercase)
            && mixed(u8::is_ascii_lowercase)
        {
            return Some((length, hidden(&text[..length])));
        }
        let length = run(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.'));
        let word = text[..length].trim_end_matches('.');
        if !addresses || word.len() < 3 || text[length..].starts_with(|c: char| c.is_alphanumeric()) {
            return None;
        }
        if word.contains(':') && word.parse::<Ipv6Addr>().is_ok() && before != ':' {
            return Some((word.len(), self.ipv6(word)));
        }
        // A port may follow.
        let address = word.split(':').next().unwrap_or_default();
        let parsed = address.parse::<Ipv4Addr>().ok().filter(|_| !matches!(before, '.' | '-' | '_'))?;
        (!text[address.len()..].starts_with(['-', '_'])).then(|| (address.len(), self.ipv4(parsed)))
    }
}

/// Rows of `x` in the place of letters and digits.
fn hidden(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_alphanumeric() { 'x' } else { c }).collect()
}

/// Length of groups of these sizes with these separators between them, at the beginning of a text and ending with
/// a word's end.
fn groups(text: &str, sizes: &[usize], separators: &str, fits: impl Fn(char) -> bool) -> Option<usize> {
    let mut chars = text.chars();
    let mut between = separators.chars();
    for (at, size) in sizes.iter().enumerate() {
        if at > 0 && chars.next() != between.next() {
            return None;
        }
        if !(0..*size).all(|_| chars.next().is_some_and(&fits)) {
            return None;
        }
    }
    let length = text.len() - chars.as_str().len();
    (!chars.next().is_some_and(|c| c.is_ascii_alphanumeric() || c == ':')).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bundle::Form;

    fn entry(words: &str, output: &str) -> Entry {
        let argv = words.split(' ').map(str::to_owned).collect();
        Entry { form: Form::Text, argv, status: 0, output: output.to_owned() }
    }

    fn redacted(words: &str, output: &str) -> String {
        let mut entries = [entry(words, output)];
        redact(&mut entries, false);
        let [entry] = entries;
        assert_eq!(entry.output.chars().count(), output.chars().count(), "columns move: {}", entry.output);
        entry.output
    }

    #[test]
    fn what_identifies_is_replaced_and_its_length_kept() {
        for (given, gone, kept) in [
            ("68:05:ca:aa:bb:cc x", "aa:bb:cc", "68:05:ca:00:00:01 x"),
            ("a 5ad72ff6-920c8d20-3ee7-848f69e3e398", "5ad72ff6", "a 00000000-00000000-"),
            ("4f1d92c8-1a2b-3c4d-5e6f-0cc47ab58002", "0cc47ab58002", "-000000000001"),
            ("56 4d 12 f0 01 11 99 9e-24 51 75 dc de 5f 4b 10", "56 4d", "00 00"),
            ("JA0WH-0GK5L-M88E9-0J2A6-9VR2M", "JA0WH", "xxxxx-xxxxx-"),
            ("(naa.600508b1001cf76cb54a0dec4acc6459)", "cf76cb54", "(naa.600508b00"),
            ("t10.ATA_____ST20000NM007D____ZVTBXN1D x", "ZVTBXN1D", "ATA_____ST20000NM007D____t0000001 x"),
            ("at 203.0.113.77:443 ", "203.0.113.77", ":443 "),
            ("10.1.2.3/24", "10.1.2.3", "10."),
            ("fe80::20c:29ff:fe72:3fe3%vmk0", "20c:29ff", "fe80::"),
            ("2001:db8:1234::10/64", "1234", "::"),
            ("hash $6$abcdefgh$0123456789/ABC.x", "0123456789", "hash $x$xxx"),
        ] {
            let out = redacted("esxcli x list", given);
            assert!(!out.contains(gone) && out.contains(kept), "{given} -> {out}");
        }
        let key = format!("ssh-rsa {}Ab== root@x", "AAAAB3NzaC1yc2E".repeat(8));
        assert!(!redacted("cat x", &key).contains("NzaC1"));
    }

    #[test]
    fn what_says_nothing_of_the_host_stays() {
        for text in [
            "255.255.252.0",
            "0.0.0.0",
            "127.0.0.1:8307",
            "::1",
            "2025-12-12T16:39:45Z",
            "0000:02:00.0",
            "00:00:00:00:00:00",
            "VMware_bootbank_net-igb_2.1.11.1-3vmw.500.1.16.721882",
            "localhost.localdomain",
            "/UserVars/ProductLockerLocation/HostClientCEIPOptIn/ActiveDirectoryVerifyCAMCertificate3",
        ] {
            assert_eq!(redacted("esxcli x list", text), text);
        }
        assert_eq!(redacted("esxcli system version get", "   Version: 9.0.2.0"), "   Version: 9.0.2.0");
    }

    #[test]
    fn the_same_has_the_same_pseudonym_everywhere() {
        let mut entries = [
            entry(
                "esxcli system hostname get",
                "   Domain Name: example.org\n   Fully Qualified Domain Name: esx7.example.org\n   Host Name: esx7",
            ),
            entry("uname -a", "VMkernel esx7 8.0.2 #1 SMP esx7x"),
            entry("esxcli hardware platform get", "   Serial Number: CZ1234ABCD\n"),
            entry("esxcli x", "CZ1234ABCD 198.51.100.7 198.51.100.9 198.51.100.7"),
        ];
        let kept = {
            let mut entries = entries.clone();
            redact(&mut entries, true);
            entries
        };
        redact(&mut entries, false);
        let all = entries.iter().map(|entry| entry.output.as_str()).collect::<Vec<_>>().join("\n");
        assert!(!all.contains("example") && !all.contains("CZ12") && !all.contains("198.51"), "{all}");
        assert!(all.contains("esx7x"), "not a whole word: {all}");
        let name = entries[0].output.rsplit(' ').next().unwrap();
        assert!(entries[1].output.starts_with(&format!("VMkernel {name} ")));
        let words: Vec<&str> = entries[3].output.split(' ').collect();
        assert!(words[1] == words[3] && words[1] != words[2]);
        let network = |address: &str| address.rsplit_once('.').unwrap().0.to_owned();
        assert_eq!(network(words[1]), network(words[2]));
        assert!(kept[0].output.contains("esx7.example.org") && !kept[2].output.contains("CZ12"));
    }

    proptest::proptest! {
        #![proptest_config(crate::model::testgen::config())]
        #[test]
        fn any_text_keeps_its_length(text in "(?s).{0,200}", near in "[0-9a-f:.t10_$ \\n-]{0,120}") {
            redacted("esxcli x", &text);
            redacted("esxcli x", &near);
        }
    }
}
