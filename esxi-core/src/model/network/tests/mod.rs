//! Against captures, and from one command to the next.

mod ip;
mod kickstart;
mod link;
mod older;
mod ping;

use crate::model::tests::{exec, group, mac, machine, nic, refused, same, text};
use crate::model::{Call, Machine, Memory, Output, PowerChange, Vmx, run_in, samples};
use crate::state::{Fact, Ipv4Config, Lease};
use std::collections::BTreeMap;
use std::net::IpAddr;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A host at 192.0.2.10/24 with a default route, around which these addresses answer.
fn reachable(version: &str, answering: &[&str]) -> (Machine, Memory) {
    let mut host = machine(version);
    for line in [
        "esxcli network ip interface ipv4 set -i vmk0 -t static -I 192.0.2.10 -N 255.255.255.0",
        "esxcfg-route 192.0.2.1",
    ] {
        assert!(exec(&mut host, line).changed, "{line}");
    }
    (host, Memory { answering: answering.iter().map(|one| ip(one)).collect(), ..Memory::default() })
}

fn among(host: &mut Machine, around: &mut Memory, line: &str) -> Output {
    let argv: Vec<String> = line.split(' ').map(|word| word.replace('_', " ")).collect();
    run_in(host, around, &Call::new(&argv))
}

fn said(host: &mut Machine, around: &mut Memory, line: &str) -> String {
    let output = among(host, around, line);
    assert_eq!(output.status, 0, "{line}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// Labels of the lines of the first item.
fn labels(text: &str) -> Vec<String> {
    let item = text.split("\n\n").next().unwrap_or_default();
    item.lines().filter_map(|line| line.trim().split_once(':')).map(|(label, _)| label.to_owned()).collect()
}
