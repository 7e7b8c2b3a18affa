//! `esxi route explain`: who answers whom, without a host.

use crate::{NICS, esxi, esxi_in, root};
use esxi_tests::lab::Ran;

const FILE: &str = "examples/two-sides.yaml";

fn explain(version: &str, more: &[&str]) -> Ran {
    esxi(&[&["route", "explain", FILE, "--factory", "--esxi", version, "--nics", NICS], more].concat())
}

/// The same, of the example without its route.
fn without_route(version: &str, more: &[&str]) -> Ran {
    let text = std::fs::read_to_string(root().join(FILE)).unwrap();
    let (before, rest) = text.split_once("  routes:\n").unwrap();
    let (_, after) = rest.split_once("fabric:\n").unwrap();
    let text = format!("{before}fabric:\n{after}");
    let args = [&["route", "explain", "-", "--factory", "--esxi", version, "--nics", NICS], more].concat();
    esxi_in(&root(), &args, &text)
}

#[test]
fn the_asymmetry_of_two_sides_is_found_and_its_route_proposed() {
    let from = ["--from", "192.168.40.0/24"];
    explain("6.7", &from)
        .ended(0)
        .says("to vmk1   192.168.20.100   answers through 192.168.20.1")
        .says("to vmk0   203.0.113.4      NO ANSWER: it would leave by vmk1 through 192.168.20.1");
    // Without the route the client is answered on the public side only, which is fine unless the other was meant.
    without_route("6.7", &from).ended(0).says("NO ANSWER: it would leave by vmk0 through 203.0.113.1");
    without_route("6.7", &["--from", "192.168.40.0/24", "--to", "vmk1"])
        .ended(1)
        .says("NET065")
        .says("esxcli network ip route ipv4 add -g 192.168.20.1 -n 192.168.40.0/24")
        .says("then vmk0 does not answer it any more");
    without_route("5.0", &["--from", "192.168.40.0/24", "--to", "vmk1"])
        .ended(1)
        .says("esxcfg-route -a 192.168.40.0/24 192.168.20.1");
}

#[test]
fn the_document_has_the_ways_the_proposals_and_the_lock_down() {
    let document = without_route(
        "7.0",
        &[
            "--from",
            "192.168.40.9,198.51.100.7",
            "--service",
            "443",
            "--lock-down",
            "vmk0",
            "--format",
            "json",
        ],
    )
    .ended(0)
    .json();
    assert_eq!(document["schema"], 1);
    let ways = document["ways"].as_array().unwrap();
    assert_eq!(ways.len(), 4);
    assert_eq!(ways[1]["client"], "192.168.40.9");
    assert_eq!(ways[1]["receives"], "vmk1");
    assert_eq!(ways[1]["reply"]["by"], "other");
    assert_eq!(ways[1]["reply"]["adapter"], "vmk0");
    assert_eq!(ways[0]["services"][0]["admitted_by"][0], "vSphereClient");
    assert_eq!(document["proposals"][0]["commands"][0][0], "esxcli");
    assert_eq!(document["lock_down"]["sources"], serde_json::json!(["192.168.20.0/24"]));
    assert!(document["lock_down"]["close"].as_array().unwrap().len() > 5);
}

#[test]
fn what_cannot_be_answered_is_said() {
    explain("7.0", &[]).ended(2).says("HOST029").says("--from");
    explain("7.0", &["--from", "10.0.0.0/33"]).ended(2).says("neither an address nor a network");
    explain("7.0", &["--from", "10.0.0.1", "--to", "vmk7"]).ended(2).says("vmk0, vmk1");
    explain("7.0", &["--lock-down", "vmk7"]).ended(2).says("vmk7");
    // The public side has the default route: nobody can list who is not from there.
    explain("7.0", &["--lock-down", "vmk1"]).ended(2).says("NET067");
    // Nobody stands behind the public side's router for the private one.
    without_route("7.0", &["--from", "198.51.100.7", "--to", "vmk1", "--via", "203.0.113.1"])
        .ended(1)
        .says("esxcli network ip route ipv4 add -g 192.168.20.1");
}
