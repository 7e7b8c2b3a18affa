//! Other people's curtin documents, where they are at hand (`ESXI_SAMPLES`, or `../shared/samples` beside the
//! workspace): nothing is lost in silence, and the result is what a well-meant reading of the document says.

use super::root;
use esxi_core::diag::{codes, has_errors};
use esxi_core::import::{ImportOptions, Imported, curtin, netplan};
use esxi_core::spec::{HostSpec, Ipv4Spec};
use esxi_core::teaming::Compat;
use esxi_core::value::MacAddr;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

fn samples(format: &str) -> Vec<(String, String)> {
    let at = std::env::var_os("ESXI_SAMPLES").map_or_else(|| root().join("../shared/samples"), Into::into);
    let Ok(entries) = std::fs::read_dir(at.join("netconfig").join(format)) else { return Vec::new() };
    let mut all: Vec<(String, String)> = entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

/// Our own inputs take part, so that the tests say something where no samples are at hand.
fn documents() -> Vec<(String, String)> {
    let mut all = samples("curtin");
    for name in ["packet-curtin.yaml", "maas-curtin.yaml"] {
        all.push((name.into(), std::fs::read_to_string(root().join("examples").join(name)).unwrap()));
    }
    all
}

/// netplan's documents, and our own inputs for it that consist of one file.
fn netplans() -> Vec<(String, String)> {
    let mut all = samples("netplan");
    let own = std::fs::read_dir(root().join("tests/data/netplan")).unwrap();
    for input in own.map(|case| case.unwrap().path().join("input.yaml")).filter(|input| input.exists()) {
        all.push((input.display().to_string(), std::fs::read_to_string(input).unwrap()));
    }
    all.sort();
    all
}

/// Every name that the documents give to a card has an address.
fn options() -> ImportOptions {
    let names = ["enp3s0", "enp4s0", "eth0", "ens1", "enred", "engreen", "eno1", "enp1s16f1"];
    let nics =
        names.iter().zip(1..).map(|(name, number)| ((*name).to_owned(), MacAddr([2, 0, 0, 0, 0, number])));
    ImportOptions { compat: Some(Compat::PackerMaas), nics: nics.collect(), ..ImportOptions::default() }
}

fn import(name: &str, text: &str) -> Imported {
    // A document of curtin's has a list of devices.
    if text.contains("config") {
        return curtin(name, text, &ImportOptions { nics: BTreeMap::new(), ..options() });
    }
    netplan(&[(name, text)], &options())
}

/// The sections that a host can have no part of, by the samples that have one.
const IMPOSSIBLE: [&str; 9] = [
    "dummy-devices.yaml",
    "ipv6_tunnel.yaml",
    "modem.yaml",
    "sriov.yaml",
    "virtual-ethernet.yaml",
    "vrf.yaml",
    "wireless.yaml",
    "wireless_wpa3.yaml",
    "wpa_enterprise.yaml",
];

#[test]
fn netplans_samples_are_taken_over_or_name_what_stands_against_it() {
    for (name, text) in samples("netplan") {
        let imported = import(&name, &text);
        let errors: Vec<_> = imported.diagnostics.iter().filter(|d| d.is_error()).collect();
        if !IMPOSSIBLE.contains(&name.as_str()) {
            assert!(imported.spec.is_some(), "{name}: {errors:?}");
            continue;
        }
        let cured = errors.iter().filter(|d| d.code == codes::IMPORT_IMPOSSIBLE && d.help.is_some()).count();
        assert!(cured > 0, "{name}: {errors:?}");
        for secret in ["abcdefgh", "v3ryS3kr1t", "d3cryptPr1v4t3K3y", "CINGULAR1"] {
            assert!(!format!("{:?}", imported.diagnostics).contains(secret), "{name}");
        }
    }
}

#[test]
fn each_gives_a_host_file_or_says_why_not_and_where() {
    for (name, text) in documents().into_iter().chain(netplans()) {
        let imported = import(&name, &text);
        assert_eq!(
            imported.spec.is_none(),
            has_errors(&imported.diagnostics),
            "{name}: {:?}",
            imported.diagnostics
        );
        for finding in &imported.diagnostics {
            assert!(finding.start.is_some(), "{name}: {finding} has no place");
        }
    }
}

/// Every leaf of a value, as the keys that lead to it.
fn leaves(value: &Value, path: &mut Vec<String>, out: &mut Vec<String>) {
    let mut below = |key: String, value: &Value| {
        path.push(key);
        leaves(value, path, out);
        path.pop();
    };
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.iter().for_each(|(key, value)| below(key.clone(), value))
        }
        Value::Array(list) if !list.is_empty() => {
            list.iter().enumerate().for_each(|(at, value)| below(at.to_string(), value));
        }
        Value::Array(_) | Value::Object(_) | Value::Null => {}
        _ => out
            .push(path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect()),
    }
}

fn outcome(name: &str, document: &Value) -> (Option<HostSpec>, Vec<String>) {
    let imported = import(name, &serde_json::to_string(document).unwrap());
    (imported.spec, imported.diagnostics.iter().map(ToString::to_string).collect())
}

#[test]
fn no_value_is_lost_in_silence() {
    for (name, text) in documents().into_iter().chain(netplans()) {
        let Ok(document) = serde_saphyr::from_str::<Value>(&text) else { continue };
        let before = outcome(&name, &document);
        if before.0.is_none() {
            continue; // An error already says that the document is not carried over.
        }
        let mut all = Vec::new();
        leaves(&document, &mut Vec::new(), &mut all);
        for leaf in all {
            // Of two equal names one is enough; sections outside the network are told of as a whole.
            let outside = !leaf.starts_with("/network/") && document.get("network").is_some();
            let (parent, key) = leaf.rsplit_once('/').unwrap();
            let same = |a: &str, b: &str| {
                let at = |key: &str| document.pointer(&format!("{parent}/{key}"));
                key == a && at(a) == at(b)
            };
            if outside || same("id", "name") || same("name", "id") {
                continue;
            }
            let mut junk = document.clone();
            *junk.pointer_mut(&leaf).unwrap() = Value::String("zzz~junk".into());
            let mut gone = document.clone();
            match gone.pointer_mut(parent).unwrap() {
                Value::Object(map) => drop(map.remove(key)),
                Value::Array(list) => drop(list.remove(key.parse().unwrap())),
                _ => unreachable!("a leaf has a parent"),
            }
            assert!(
                outcome(&name, &junk) != before || outcome(&name, &gone) != before,
                "{name}: {leaf} could be anything or missing, and nobody would notice"
            );
        }
    }
}

/// One vSwitch in short: its load balancing, and per VLAN the addresses on it.
type Short = BTreeMap<Vec<String>, (Option<String>, BTreeSet<(u64, String)>)>;

/// What the MAAS template means to make of a document: written after its documentation (a vSwitch a device, a VLAN a
/// port group, an adapter a subnet; three bond modes), not after our importer.
fn as_maas_means_it(document: &Value) -> Short {
    let network = document.get("network").unwrap_or(document);
    let config = network["config"].as_array().unwrap();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let by_name: BTreeMap<String, &Value> = config
        .iter()
        .filter(|item| item.get("name").is_some())
        .map(|item| (text(&item["name"]), item))
        .collect();
    let enslaved: BTreeSet<String> =
        config.iter().filter_map(|item| item["bond_interfaces"].as_array()).flatten().map(text).collect();
    let mac = |name: &str| by_name[name]["mac_address"].as_str().unwrap().to_lowercase();
    let uplinks = |item: &Value| {
        let mut macs: Vec<String> = match item["bond_interfaces"].as_array() {
            Some(members) => members.iter().map(|member| mac(&text(member))).collect(),
            None => vec![mac(&text(&item["name"]))],
        };
        macs.sort();
        macs
    };
    let mut out = Short::new();
    for item in config {
        let kind = item["type"].as_str().unwrap();
        let (carrier, vlan) = match kind {
            "physical" | "bond" if !enslaved.contains(&text(&item["name"])) => (item, 0),
            "vlan" => {
                let id = item["vlan_id"].as_u64().or_else(|| item["vlan_id"].as_str()?.parse().ok()).unwrap();
                (by_name[item["vlan_link"].as_str().unwrap().trim()], id)
            }
            _ => continue,
        };
        let entry = out.entry(uplinks(carrier)).or_default();
        if kind == "bond" {
            let params = item["params"].as_object().unwrap();
            let mode = params.iter().find(|(key, _)| key.ends_with("mode")).unwrap().1.as_str().unwrap();
            let word = match mode {
                "balance-rr" => "portid",
                "active-backup" => "explicit",
                "802.3ad" => "iphash",
                other => panic!("no mapping of {other}"),
            };
            entry.0 = Some(word.to_owned());
        }
        for subnet in item["subnets"].as_array().into_iter().flatten() {
            let address = match subnet["type"].as_str().unwrap() {
                "manual" => continue,
                "dhcp" | "dhcp4" => "dhcp4".to_owned(),
                "dhcp6" => "dhcp6".to_owned(),
                _ => text(&subnet["address"]).split('/').next().unwrap().to_owned(),
            };
            entry.1.insert((vlan, address));
        }
    }
    out
}

fn as_we_made_it(spec: &HostSpec) -> Short {
    let mut out = Short::new();
    for (_, switch) in spec.vswitches() {
        let mut macs: Vec<String> = switch.uplinks.iter().flatten().map(ToString::to_string).collect();
        macs.sort();
        let word = switch.teaming.as_ref().and_then(|teaming| teaming.load_balancing);
        let entry = out.entry(macs).or_insert((word.map(|word| word.set_word().to_owned()), BTreeSet::new()));
        for group in switch.port_groups.iter().flatten() {
            let vlan = u64::from(group.vlan.unwrap().get());
            for (_, vmk) in spec.vmkernel().filter(|(_, vmk)| vmk.port_group == group.name) {
                match vmk.ipv4 {
                    Some(Ipv4Spec::Dhcp) => entry.1.extend([(vlan, "dhcp4".into())]),
                    Some(Ipv4Spec::Static { address, .. }) => {
                        entry.1.extend([(vlan, address.addr().to_string())])
                    }
                    _ => {}
                }
                let ipv6 = vmk.ipv6.clone().unwrap_or_default();
                entry
                    .1
                    .extend(ipv6.addresses.into_iter().flatten().map(|net| (vlan, net.addr().to_string())));
                if ipv6.dhcp == Some(true) {
                    entry.1.insert((vlan, "dhcp6".into()));
                }
            }
        }
    }
    out
}

#[test]
fn the_same_switches_vlans_and_addresses_as_the_maas_template_means() {
    let mut compared = 0;
    for (name, text) in documents() {
        let imported = import(&name, &text);
        let Some(spec) = imported.spec else { continue };
        let document: Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(as_we_made_it(&spec), as_maas_means_it(&document), "{name}");
        compared += 1;
    }
    assert!(compared >= 2, "{compared}");
}
