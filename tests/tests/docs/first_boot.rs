//! The page about the first boot: its files are written, its commands run in order.

use crate::{ESXI, blocks_of};
use esxi_tests::lab::{command, run};
use std::os::unix::fs::symlink;
use std::path::Path;

const PAGE: &str = include_str!("../../../esxi-cli/docs/first-boot.md");

#[test]
fn every_block_runs() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for language in ["yaml", "kickstart"] {
        for block in blocks_of(PAGE, language) {
            let name = block.lines().next().unwrap().strip_prefix("# ").unwrap();
            std::fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            std::fs::write(at(name), &block).unwrap();
        }
    }
    std::fs::create_dir(at("bin")).unwrap();
    symlink(ESXI, at("bin/esxi")).unwrap();
    let blocks = blocks_of(PAGE, "sh");
    assert_eq!(blocks.len(), 2);
    std::fs::write(at("page.sh"), format!("set -eu\n{}", blocks.concat())).unwrap();
    let mut shell = command(Path::new("sh"), folder.path());
    let mut path = vec![at("bin")];
    path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
    shell.arg("page.sh").env("PATH", std::env::join_paths(path).unwrap());
    run(shell, b"").ended(0).says("esxcli network vswitch standard uplink add -u vmnic1 -v vSwitch0");
    for script in ["first-boot.sh", "maas/first-boot.sh"] {
        let text = std::fs::read_to_string(at(script)).unwrap();
        assert!(text.starts_with("#!/bin/sh\n") && text.contains("0c:c4:7a:b5:80:03"), "{text}");
        let mut parse = command(Path::new("busybox"), folder.path());
        parse.args(["sh", "-n", script]);
        run(parse, b"").ended(0);
    }
    // The page's kickstart is one that the installer has nothing to say against.
    let whole = std::fs::read_to_string(at("ks-with-network.cfg")).unwrap();
    let (_, found) = esxi_core::state::KickstartNetwork::of_kickstart("ks.cfg", &whole);
    assert_eq!(found, []);
}
