//! Any text in any format: there is a host file or an error, never a panic, and a host file survives being written.

use super::root;
use esxi_core::diag::has_errors;
use esxi_core::import::{Format, ImportOptions};
use esxi_core::spec::check;
use esxi_core::teaming::SwitchSide;
use esxi_core::yaml;
use proptest::prelude::*;

/// Every input of the goldens.
fn inputs() -> Vec<String> {
    let mut all = Vec::new();
    for format in ["cloud-init", "curtin", "ifupdown", "netplan", "nmstate"] {
        for case in std::fs::read_dir(root().join("tests/data").join(format)).unwrap() {
            for file in std::fs::read_dir(case.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                if !["expected.yaml", "diagnostics.txt"].contains(&name.as_str()) {
                    all.push((path.clone(), std::fs::read_to_string(path).unwrap()));
                }
            }
        }
    }
    all.sort();
    all.into_iter().map(|(_, text)| text).collect()
}

/// What may befall a line: which, what, and with which other one.
fn mangled(text: &str, blows: &[(u16, u8, u16)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (at, blow, other) in blows {
        let count = lines.len().max(1);
        let (at, other) = (usize::from(*at) % count, usize::from(*other) % count);
        let Some(line) = lines.get(at).cloned() else { break };
        match blow % 7 {
            0 => drop(lines.remove(at)),
            1 => lines.insert(other, line),
            2 => lines.swap(at, other),
            3 => lines[at] = line.trim_start().to_owned(),
            4 => lines[at] = line.chars().filter(|c| !c.is_ascii_digit()).collect(),
            5 => {
                lines[at].truncate(line.char_indices().nth(line.chars().count() / 2).map_or(0, |(at, _)| at))
            }
            _ => lines[at].push_str(" \\"),
        }
    }
    lines.join("\n")
}

fn holds(text: &str) {
    let mut options = ImportOptions { switch: Some(SwitchSide::Independent), ..ImportOptions::default() };
    for (number, name) in ["eth0", "eth1", "eno1", "eno2", "em1", "em2", "enp4s0"].into_iter().enumerate() {
        options.nics.insert(name.into(), format!("0c:c4:7a:b5:80:{number:02x}").parse().unwrap());
    }
    for format in Format::ALL {
        let imported = format.import(&[("one", text), ("two", "auto eth0\n")], &options);
        assert_eq!(imported.spec.is_none(), has_errors(&imported.diagnostics), "{format:?}\n{text}");
        let Some(spec) = imported.spec else { continue };
        assert!(!has_errors(&check(&spec)), "{format:?}\n{text}");
        let written = yaml::to_text(&spec);
        let again = yaml::host_file("host.yaml", &written).map(|again| again.spec);
        assert_eq!(again.as_ref().ok(), Some(&spec), "{format:?}\n{text}\n{written}");
    }
}

proptest! {
    #![proptest_config(super::host::config())]

    #[test]
    fn goldens_that_were_mangled(
        which in any::<proptest::sample::Index>(),
        blows in proptest::collection::vec(any::<(u16, u8, u16)>(), 1..6),
    ) {
        let all = inputs();
        let all: Vec<&str> = all.iter().map(String::as_str).collect();
        holds(&mangled(which.get::<&str>(&all), &blows));
    }

    #[test]
    fn noise(text in "[a-z0-9:./#\\\\{}\\[\\]\"'\\- \\t\\n\\r\u{c}é]{0,80}") {
        holds(&text);
    }
}
