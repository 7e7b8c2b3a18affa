//! The page about simulated hosts: its files are written, its commands run in order in one shell.

use crate::{ESXI, blocks_of, root};
use esxi_tests::lab::{command, run};
use serde_json::Value;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../esxi-ssh/docs/simulated-host.md");

/// The Python that has paramiko, asyncssh and Ansible; none when they were not unpacked (`tests/run tools`).
fn clients() -> Option<PathBuf> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent()?;
    Some(target.join("clients/bin")).filter(|bin| bin.join("ansible-playbook").exists())
}

#[test]
fn every_block_runs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for language in ["python", "yaml"] {
        for block in blocks_of(PAGE, language) {
            let name = block
                .lines()
                .next()
                .unwrap()
                .strip_prefix("# ")
                .expect("a block begins with its file's name");
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), &block).unwrap();
        }
    }
    std::fs::create_dir(at("bin")).unwrap();
    symlink(ESXI, at("bin/esxi")).unwrap();
    let clients = clients();
    let mut script = String::from("set -eu\ntrap 'kill $(jobs -p); wait' EXIT\n");
    let blocks = blocks_of(PAGE, "sh");
    assert_eq!(blocks.len(), 7);
    for block in blocks {
        let foreign = ["with_paramiko.py", "with_asyncssh.py", "ansible-playbook"];
        if clients.is_none() && foreign.iter().any(|name| block.contains(name)) {
            continue;
        }
        script += &block;
    }
    std::fs::write(at("page.sh"), &script).unwrap();
    let mut shell = command(Path::new("bash"), folder.path());
    let mut path = vec![at("bin")];
    path.extend(clients.clone());
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    shell
        .arg("page.sh")
        .env("PATH", std::env::join_paths(path).unwrap())
        .env("ANSIBLE_LOCALHOST_WARNING", "false");
    let ran = run(shell, b"").ended(0);
    let ran = ran
        .says("2\n")
        .says("Unable to Set: Busy")
        .says("esxi-sim-2 2: hostd-down")
        .says("scenario.yaml, taken for scenario: no findings");
    let ran = ran.says("virtual machine web: on").says("is as in the dump").says("all answered as before");
    if clients.is_some() {
        assert_eq!(ran.out.matches("failed=0").count(), 2, "{}", ran.out);
    }
}

#[test]
fn the_workflow_uses_commands_that_there_are() {
    let workflow = blocks_of(PAGE, "yaml").into_iter().find(|block| block.contains("runs-on")).unwrap();
    let workflow: Value = serde_saphyr::from_str(&workflow).unwrap();
    let steps = workflow["jobs"]["esxi"]["steps"].as_array().unwrap();
    let shell = blocks_of(PAGE, "sh").concat().replace("\\\n", "");
    let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let shown = words(&shell);
    let mut seen = 0;
    for run in steps.iter().filter_map(|step| step["run"].as_str()) {
        let words = words(run);
        if ["esxi", "ssh-keygen", "ansible-playbook"].contains(&words[0].as_str()) {
            seen += 1;
            let unknown: Vec<_> = words.iter().filter(|word| !shown.contains(word)).collect();
            assert!(unknown.is_empty(), "{unknown:?} in {run}");
        }
    }
    assert_eq!(seen, 4);
    assert!(root().join("README.md").exists());
}
