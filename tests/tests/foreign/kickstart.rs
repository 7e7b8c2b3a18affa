//! The first-boot scripts of kickstarts.

use esxi_core::EsxiVersion;
use std::path::Path;

/// A kickstart with its scripts for the first boot, in order.
pub struct Kickstart {
    pub name: String,
    pub version: EsxiVersion,
    pub scripts: Vec<String>,
}

/// Every kickstart of a collection that has a first-boot script of the shell.
pub fn all(samples: &Path) -> Vec<Kickstart> {
    let folder = samples.join("kickstart");
    let index = std::fs::read_to_string(folder.join("INDEX.tsv")).unwrap_or_default();
    let Ok(entries) = std::fs::read_dir(folder.join("public")) else { return Vec::new() };
    let mut all: Vec<Kickstart> = entries
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
            let scripts = scripts(&text);
            let version = version(&name, &index, &text);
            (!scripts.is_empty()).then_some(Kickstart { name, version, scripts })
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// The bodies of `%firstboot --interpreter=busybox`: each ends where a line begins with the next `%`. Carriage
/// returns go, as ESXi's own reader drops them.
fn scripts(text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut inside = false;
    for line in text.lines().map(|line| line.trim_end_matches('\r')) {
        if line.starts_with('%') {
            inside = line.starts_with("%firstboot") && line.contains("--interpreter=busybox");
            if inside {
                all.push(String::new());
            }
        } else if inside && let Some(script) = all.last_mut() {
            script.push_str(line);
            script.push('\n');
        }
    }
    all
}

/// The release a kickstart is for: as its name says, as the collection says, else by a command that came with
/// 7.0. Nothing below 5.5 can be meant: the commands are newer.
fn version(name: &str, index: &str, text: &str) -> EsxiVersion {
    let named = ["8.0", "7.0", "6.7", "6.5", "6.0"].into_iter().find(|version| name.contains(version));
    let stated = || {
        let line = index.lines().find(|line| line.starts_with(&format!("public/{name}\t")))?;
        line.split('\t').nth(2)?.rsplit('/').next().filter(|column| *column != "-")
    };
    let newer = text.contains("system ntp set");
    let said = named.or_else(stated).unwrap_or(if newer { "7.0" } else { "6.7" });
    let mut numbers = said.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse::<u8>().unwrap_or(0));
    let found = EsxiVersion::new(numbers.next().unwrap_or(6), numbers.next().unwrap_or(0));
    found.max(EsxiVersion::new(5, 5))
}

#[test]
fn bodies_begin_and_end_at_lines_with_a_percent_sign() {
    let text = "vmaccepteula\r\n%firstboot --interpreter=busybox\r\na\r\n %b\r\n%post\nc\n%firstboot --interpreter=python\nd\n\
                %firstboot --level=1 --interpreter=busybox\ne\n";
    assert_eq!(scripts(text), ["a\n %b\n", "e\n"]);
}

#[test]
fn releases_are_found() {
    let index = "public/b.cfg\tx\t7.0\npublic/c\tx\t5.5/6.0\npublic/d\tx\t-\npublic/e\tx\t4.1\n";
    let found = |name, text| version(name, index, text).to_string();
    assert_eq!(found("x_6.7_ks.cfg", ""), "6.7.0");
    assert_eq!(found("x_8.0U2.cfg", ""), "8.0.0");
    assert_eq!(found("b.cfg", ""), "7.0.0");
    assert_eq!(found("c", ""), "6.0.0");
    assert_eq!(found("d", ""), "6.7.0");
    assert_eq!(found("d", "esxcli system ntp set -e yes"), "7.0.0");
    assert_eq!(found("e", ""), "5.5.0");
}
