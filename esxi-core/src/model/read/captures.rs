//! Captures of real hosts: each is read, or stands here with the reason why not.

use super::*;
use crate::model::grammar::Shape;
use crate::model::parse::Formatter;
use crate::model::render::render;
use crate::model::samples;
use crate::version::EsxiVersion;

const NO_HEADING: &str = "rows whose heading was filtered away";
const LOST_BLANKS: &str = "a copy that lost the blanks between its columns";

/// Output of esxcli that did not arrive as it left the host.
const OUT_OF_SCOPE: &[(&str, &str)] = &[
    ("esxcli-hardware-cpu-list--unknown--1.txt", "headings, without what stands below them"),
    ("esxcli-network-firewall-ruleset-list--6.5.0--1.txt", NO_HEADING),
    ("esxcli-network-firewall-ruleset-rule-list--unknown--3.txt", NO_HEADING),
    ("esxcli-network-ip-connection-list--unknown--2.txt", NO_HEADING),
    ("esxcli-network-nic-list--5.5--1.txt", NO_HEADING),
    ("esxcli-network-vswitch-standard-portgroup-list--unknown--1.txt", LOST_BLANKS),
    ("esxcli-software-sources-profile-list--unknown--2.txt", NO_HEADING),
    ("esxcli-software-vib-list--unknown--1.txt", NO_HEADING),
    ("esxcli-software-vib-list--unknown--3.txt", NO_HEADING),
    ("esxcli-storage-core-adapter-list--unknown--1.txt", NO_HEADING),
    ("esxcli-storage-core-plugin-registration-list--unknown--1.txt", LOST_BLANKS),
    ("esxcli-storage-filesystem-list--unknown--1.txt", NO_HEADING),
    ("esxcli-storage-nmp-path-list--unknown--1.txt", "two lines of each path, with the separators of grep"),
    ("esxcli-storage-nmp-psp-list--unknown--1.txt", LOST_BLANKS),
    ("esxcli-storage-nmp-satp-rule-list--unknown--1.txt", "the dash line was filtered away"),
    ("esxcli-system-module-parameters-list--unknown--1.txt", "the dash line was filtered away"),
    ("esxcli-system-ssh-server-config-list-k--8.0-9.x--1.txt", NO_HEADING),
];

/// Programs that write texts of their own. What the model says for them is compared where they are executed.
const OTHER_PROGRAMS: &[&str] = &[
    "auto-backup.sh",
    "crontab",
    "esxcfg-",
    "etc.init.d",
    "history",
    "init.d-",
    "lspci",
    "pam_tally2",
    "partedUtil",
    "services.sh",
    "ssh-login-banner",
    "uname",
    "vim-cmd",
    "vmkfstools",
    "vmware",
    "vsish",
];

/// Commands whose answer is a value alone.
const BARE: &[&str] = &["acceptance", "rediscover", "maintenanceMode", "uptime", "time get"];

#[derive(Debug)]
struct Capture {
    file: String,
    command: String,
    quality: String,
}

fn index() -> Vec<Capture> {
    let text = samples::read("esxcli/INDEX.csv").unwrap_or_default();
    text.lines()
        .skip(1)
        .map(|line| {
            // A command may hold commas.
            let (file, rest) = line.split_once(',').unwrap();
            let (rest, quality) = rest.rsplit_once(',').unwrap();
            let (command, _) = rest.rsplit_once(',').unwrap();
            Capture { file: file.into(), command: command.into(), quality: quality.into() }
        })
        .collect()
}

#[test]
fn every_capture_is_read_or_stands_here_with_its_reason() {
    for Capture { file, command, .. } in index() {
        let text = samples::output(&file).unwrap();
        let reading = read(&text);
        let reason = OUT_OF_SCOPE.iter().find(|(name, _)| *name == file);
        let understood = reading.unknown.is_empty()
            && (reading.form != Form::Bare || BARE.iter().any(|words| command.contains(words)));
        if OTHER_PROGRAMS.iter().any(|program| file.starts_with(program)) {
            assert!(reason.is_none(), "{file}");
        } else if file.starts_with("ERROR-") {
            assert_eq!(reading.form, Form::Bare, "{file}: {reading:?}");
        } else if file.contains("-help--") {
            assert!(read_usage(&text).is_some(), "{file}");
        } else {
            assert_eq!(understood, reason.is_none(), "{file} ({reason:?}): {reading:?}");
        }
    }
}

/// What was read of a form that tells types is written the same again, byte for byte.
#[test]
fn captures_of_the_machine_forms_are_written_the_same_again() {
    for Capture { file, .. } in index() {
        let formatter = match () {
            () if file.contains("-xml--") => Formatter::Xml,
            () if file.contains("-csv--") => Formatter::Csv,
            () if file.contains("-json--") => Formatter::Json,
            () => continue,
        };
        let text = samples::output(&file).unwrap();
        let again = render(&read(&text).value, formatter, Shape::Table, EsxiVersion::new(8, 0));
        // Some copies lost the last line end.
        assert_eq!(again.trim_end(), text.trim_end(), "{file}");
    }
}

/// Text, too, by the rules of the older or of the newer releases; copies lose blanks at line ends.
#[test]
fn captured_texts_are_written_the_same_again() {
    const EDITED: &[&str] = &[
        // Its cell is wider than its column, which cannot come from a host.
        "esxcli-network-ens-lcore-list--7x-8x--1.txt",
        // Rows were taken out, so columns are wider than what is left.
        "esxcli-storage-filesystem-list--8.0.2--2.txt",
        // Copies that lost some or all of their indent.
        "esxcli-network-firewall-get--unknown--2.txt",
        "esxcli-network-firewall-get--unknown--3.txt",
        "esxcli-network-ip-dns-search-list--unknown--1.txt",
        "esxcli-network-ip-dns-server-list--unknown--1.txt",
        "esxcli-software-profile-update--unknown--2.txt",
        "esxcli-software-vib-install--unknown--1.txt",
        "esxcli-software-vib-install--unknown--2.txt",
    ];
    let mut compared = 0;
    for Capture { file, quality, .. } in index() {
        let left_out = [OUT_OF_SCOPE.iter().map(|(name, _)| *name).collect(), EDITED.to_vec()].concat();
        let skipped =
            !file.starts_with("esxcli-") || file.contains("-help--") || left_out.contains(&file.as_str());
        if skipped || !(quality == "raw" || quality.ends_with("trimmed")) {
            continue;
        }
        let text = samples::output(&file).unwrap();
        let reading = read(&text);
        let shape = match reading.form {
            Form::Table => Shape::Table,
            Form::Structures | Form::Bare => Shape::Headed,
            _ => continue,
        };
        let lines =
            |text: &str| text.trim_end().lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>();
        let again = |minor| render(&reading.value, Formatter::Text, shape, minor);
        let (old, new) = (again(EsxiVersion::new(6, 7)), again(EsxiVersion::new(7, 0)));
        let theirs = lines(&text);
        let same = lines(&old) == theirs || lines(&new) == theirs;
        assert!(
            same,
            "{file}
{text}
{old}
{new}
{reading:?}"
        );
        compared += 1;
    }
    assert!(compared > 50 || index().is_empty(), "{compared}");
}
