//! The lines of this family that public scripts run, executed one by one.

use super::testing::host;
use crate::model::{Call, Machine, Memory, NOT_MODELLED, run_in, samples};
use std::path::PathBuf;

/// Words of a line as a shell cuts them: quotes taken away, cut at the end of the command. Variables stand for a
/// plain word.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut open) = (Vec::new(), String::new(), None, false);
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(end), letter) if letter == end => quote = None,
            (None, '"' | '\'') => (quote, open) = (Some(letter), true),
            (None, ';' | '|' | '&' | '>' | '<' | '#' | '`' | ')') => break,
            (None, letter) if letter.is_whitespace() => {
                if open || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            (_, '$') => {
                word.push('x');
                while letters.next_if(|c| c.is_alphanumeric() || "_{}()".contains(*c)).is_some() {}
            }
            (_, letter) => word.push(letter),
        }
    }
    if open || !word.is_empty() {
        words.push(word);
    }
    words
}

fn ours(words: &[String]) -> bool {
    let word = |at: usize| words.get(at).map(String::as_str).unwrap_or_default();
    match word(0).rsplit('/').next().unwrap_or_default() {
        "esxcli" | "localcli" => word(1) == "system",
        "vim-cmd" | "esxcfg-advcfg" | "esxcfg-info" | "chkconfig" | "pam_tally2" | "auto-backup.sh" => true,
        _ => word(0).starts_with("/etc/init.d/"),
    }
}

fn release(name: &str) -> &'static str {
    ["8.0", "7.0", "6.7", "6.0"]
        .into_iter()
        .find(|one| name.contains(one) || name.contains(&one.replace(".0", "_")))
        .unwrap_or("7.0")
}

#[allow(clippy::disallowed_methods, reason = "tests read captures from a directory")]
#[test]
fn lines_of_public_scripts_are_executed() {
    if samples::read("kickstart/INDEX.tsv").is_none() {
        return;
    }
    let folder = std::env::var_os("ESXI_SAMPLES").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/samples")),
        PathBuf::from,
    );
    let (mut executed, mut lacking) = (0, Vec::new());
    for entry in std::fs::read_dir(folder.join("kickstart/public")).unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = std::fs::read_to_string(&path) else { continue };
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let mut host: Machine = host(release(&name));
        for line in text.lines() {
            let words = words(line.trim());
            if !ours(&words) || words[0].contains("xcat") {
                continue;
            }
            let output = run_in(&mut host, &mut Memory::default(), &Call::new(&words));
            if matches!(output.status, NOT_MODELLED | 127) {
                lacking.push(format!("{name}: {line}"));
            } else {
                executed += 1;
            }
        }
    }
    assert!(executed > 300, "{executed}");
    assert_eq!(lacking, Vec::<String>::new());
}
