//! The shell of the README.

use crate::{ESXI, blocks, blocks_of, root};
use esxi_tests::lab::{command, run};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

#[test]
fn every_command_runs_in_order() {
    let blocks = blocks("sh");
    // The first block is about the clone itself: its scripts are there and can be run.
    let scripts: Vec<&str> = blocks[0].lines().map(|line| line.split('#').next().unwrap().trim()).collect();
    assert_eq!(scripts, ["sh examples/demo.sh", "./tests/run"]);
    for script in ["examples/demo.sh", "tests/run"] {
        let mode = std::fs::metadata(root().join(script)).unwrap().permissions().mode();
        assert_eq!(mode & 0o111, 0o111, "{script} is executable");
    }

    // The rest is typed into one shell, in a copy of the examples, with `esxi` installed.
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("examples")).unwrap();
    for entry in std::fs::read_dir(root().join("examples")).unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), at("examples").join(entry.file_name())).unwrap();
    }
    std::fs::create_dir(at("bin")).unwrap();
    symlink(ESXI, at("bin/esxi")).unwrap();
    let mut script = String::from("set -eu\ntrap 'kill $(jobs -p)' EXIT\n");
    script.extend(blocks[1..].iter().map(String::as_str));
    let mut shell = command(Path::new("bash"), folder.path());
    let path = std::env::var("PATH").unwrap();
    shell.arg("-s").env("PATH", format!("{}:{path}", at("bin").display()));
    let ran = run(shell, script.as_bytes()).ended(0);
    let ran = ran.says("147.75.1.10  router").says("my-host.yaml: no findings").says("iphash");
    let ran = ran.says("10 steps, safe").says("applied, confirmed and saved").says("as declared");
    assert!(at("my-host.yaml").exists(), "{}", ran.err);
}

#[test]
fn every_command_for_a_real_host_parses() {
    parse(&blocks("text"), 6);
    parse(&blocks_of(include_str!("../../../esxi-ssh/docs/guarded-apply.md"), "text"), 5);
}

/// The commands of these blocks are understood, and there are so many.
fn parse(blocks: &[String], count: usize) {
    let commands: Vec<Vec<String>> = blocks
        .iter()
        .flat_map(|block| block.lines())
        .filter_map(|line| line.split('#').next()?.strip_prefix("esxi "))
        .map(|line| line.split_whitespace().map(|word| word.replace("ADDRESS", "192.0.2.10")).collect())
        .collect();
    assert_eq!(commands.len(), count, "{commands:?}");
    let folder = tempfile::tempdir().unwrap();
    for args in commands {
        let mut esxi = command(Path::new(ESXI), folder.path());
        esxi.args(&args);
        // The file is missing here, the words are understood.
        match args.iter().find(|word| word.starts_with("my-host") && !args.contains(&"facts".to_owned())) {
            Some(file) => drop(run(esxi, b"").ended(2).says("error[HOST").says(file)),
            None => {
                esxi.arg("--help");
                run(esxi, b"").ended(0).says("Usage: esxi");
            }
        }
    }
}
