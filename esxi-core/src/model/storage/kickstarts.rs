//! Lines of public kickstarts about disks, VIBs, hardware and iSCSI: each is executed on a host that has what the
//! line speaks of. Passes where the collection is not at hand.

use crate::model::samples;
use crate::model::testhost::TestHost;
use std::collections::BTreeSet;

const FAMILIES: [&str; 6] = ["storage", "software", "hardware", "iscsi", "nvme", "vm"];
const TOOLS: [&str; 13] = [
    "partedUtil",
    "vmkfstools",
    "esxcfg-scsidevs",
    "esxcfg-volume",
    "esxcfg-nas",
    "esxcfg-info",
    "esxcfg-rescan",
    "esxcfg-swiscsi",
    "esxcfg-mpath",
    "vdf",
    "vmkchdev",
    "lspci",
    "vsish",
];

/// Value of a shell variable, by what its name says.
fn value(name: &str, host: &TestHost) -> String {
    let name = name.to_lowercase();
    match name.as_str() {
        "port_id" => "33554433".to_owned(),
        _ if name.contains("hba") => "vmhba64".to_owned(),
        _ if name.starts_with("vmk") => "vmk0".to_owned(),
        _ if name.starts_with("psa_s") => "VMW_SATP_ALUA".to_owned(),
        _ if name.starts_with("psa_psp") => "VMW_PSP_RR".to_owned(),
        _ if name.starts_with("ip") => "192.0.2.9".to_owned(),
        _ if name.starts_with("port") => "3260".to_owned(),
        _ if name.contains("update") => "ESXi-8.0U2-22380479-standard".to_owned(),
        _ => host.boot(),
    }
}

/// A simple command of a shell line as words: from the tool's name to the next sign that ends a command. What the
/// shell would put in is put in; a command within becomes a word.
fn words(rest: &str, host: &TestHost) -> Vec<String> {
    let (mut all, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    let mut signs = rest.chars().peekable();
    while let Some(sign) = signs.next() {
        match (sign, quote) {
            ('"' | '\'', None) => {
                quote = Some(sign);
                word.get_or_insert_default();
            }
            (sign, Some(open)) if sign == open => quote = None,
            ('$', open) if open != Some('\'') => {
                if signs.peek() == Some(&'(') {
                    let mut depth = 0;
                    for sign in signs.by_ref() {
                        depth += match sign {
                            '(' => 1,
                            ')' => -1,
                            _ => 0,
                        };
                        if depth == 0 {
                            break;
                        }
                    }
                    word.get_or_insert_default().push_str("esx1");
                } else {
                    let mut name = String::new();
                    while let Some(sign) = signs.next_if(|c| c.is_ascii_alphanumeric() || "{_".contains(*c)) {
                        name.push(sign);
                    }
                    signs.next_if_eq(&'}');
                    word.get_or_insert_default().push_str(&value(name.trim_start_matches('{'), host));
                }
            }
            ('|' | ';' | '>' | '<' | '&' | ')' | '`', None) => break,
            (' ' | '\t', None) => all.extend(word.take()),
            (sign, _) => word.get_or_insert_default().push(sign),
        }
    }
    all.extend(word);
    all
}

fn calls(line: &str, host: &TestHost) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for tool in TOOLS.iter().chain(&["esxcli", "localcli"]) {
        for (at, _) in line.match_indices(tool) {
            let before = line[..at].chars().next_back();
            if before.is_some_and(|sign| sign.is_ascii_alphanumeric() || "._-".contains(sign)) {
                continue;
            }
            let call = words(&line[at..], host);
            let mine = call.first().is_some_and(|name| TOOLS.contains(&name.as_str()))
                || call
                    .iter()
                    .skip(1)
                    .find(|word| !word.starts_with('-'))
                    .is_some_and(|word| FAMILIES.contains(&word.as_str()));
            if call.len() > 1 && mine {
                found.push(call);
            }
        }
    }
    found
}

#[test]
fn every_line_is_executed() {
    let Some(index) = samples::read("kickstart/INDEX.tsv") else { return };
    let mut seen = BTreeSet::new();
    for file in index
        .lines()
        .flat_map(|line| line.split('\t'))
        .filter(|cell| cell.contains("public/") || cell.contains("__"))
    {
        let name = file.trim_start_matches("kickstart/").trim_start_matches("public/");
        let Some(text) = samples::read(&format!("kickstart/public/{name}")) else { continue };
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            for version in ["6.7", "8.0"] {
                let mut host = TestHost::new(version);
                host.text("esxcli iscsi software set --enabled=true");
                for call in calls(line, &host) {
                    let output = host.call(&call, b"");
                    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
                    assert!(matches!(output.status, 0 | 1), "{name}: {call:?}: {said}");
                    assert!(!said.starts_with("Error: "), "{name}: {call:?}: {said}");
                    // A VIB of the network cannot be had; all else goes well.
                    let fetched = call.iter().any(|word| word.contains("http"));
                    assert_eq!(output.status == 0, !fetched, "{name}: {call:?}: {said}");
                    seen.insert(call.join(" "));
                }
            }
        }
    }
    assert!(seen.len() >= 25, "{seen:#?}");
}
