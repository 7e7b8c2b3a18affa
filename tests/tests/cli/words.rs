//! Address blocks of one provider, teaming, codes.

use crate::{esxi, root};
use serde_json::{Map, Value, json};

/// The address plan of a layout against the table of the provider's guide.
fn assert_addresses(layout: &str, usable: u64) {
    let args =
        ["ip", "plan", "147.75.1.8/29", "--provider", "packet", "--layout", layout, "--format", "json"];
    let plan = esxi(&args).ended(0).json();
    let table = std::fs::read(root().join(format!("tests/data/ip/packet-{layout}.json"))).unwrap();
    let table: Map<String, Value> = serde_json::from_slice(&table).unwrap();
    let rows = plan["addresses"].as_array().unwrap();
    let told: Map<String, Value> =
        rows.iter().map(|row| (row["address"].as_str().unwrap().to_owned(), row["role"].clone())).collect();
    assert_eq!(rows.len(), 8, "{plan}");
    assert_eq!(told, table);
    assert_eq!(plan["usable"], usable);
    assert_eq!((&plan["schema"], &plan["layout"]), (&Value::from(1), &Value::from(layout)));
    assert_eq!(plan["block"], "147.75.1.8/29");
    assert_eq!(plan["diagnostics"], Value::Array(vec![]));
    // Ranges are the same table, folded.
    let ranges = plan["ranges"].as_array().unwrap();
    let count: u64 = ranges.iter().map(|range| range["count"].as_u64().unwrap()).sum();
    assert_eq!(count, 8);
    // The text for people has the same rows.
    let text = esxi(&args[..7]).ended(0).out;
    for (address, role) in &table {
        let row = |line: &str| line.split_whitespace().eq([address.as_str(), role.as_str().unwrap()]);
        assert!(text.lines().any(row), "{address} is not {role} in\n{text}");
    }
}

#[test]
fn a_block_is_planned_as_the_provider_says() {
    assert_addresses("direct", 4);
    assert_addresses("router-vm", 3);
}

#[test]
fn an_address_is_no_block_and_the_block_is_offered() {
    esxi(&["ip", "plan", "147.75.1.10/29"])
        .ended(2)
        .says("error[IP002]")
        .says("host bits")
        .says("help: write 147.75.1.8/29");
}

#[test]
fn names_are_given_addresses() {
    let plan = esxi(&["ip", "plan", "147.75.1.8/29", "--name", "web", "--name", "mail", "--format", "json"]);
    let plan = plan.ended(0).json();
    let row = |address: &str| {
        let rows = plan["addresses"].as_array().unwrap();
        rows.iter().find(|row| row["address"] == address).unwrap().clone()
    };
    assert_eq!(
        (&row("147.75.1.11")["name"], &row("147.75.1.11")["role"]),
        (&"web".into(), &"assigned".into())
    );
    assert_eq!(row("147.75.1.12")["name"], "mail");
    assert_eq!(row("147.75.1.13")["role"], "available");
    let five = ["ip", "plan", "147.75.1.8/29", "--name=a", "--name=b", "--name=c", "--name=d", "--name=e"];
    esxi(&five).ended(2).says("error[IP007]");
}

#[test]
fn teaming_says_what_becomes_of_a_bond() {
    let fits = |mode: &str, switch: &str, status: i32| {
        let told = esxi(&["teaming", mode, "--switch", switch, "--uplinks", "2", "--format", "json"]);
        told.ended(status).json()
    };
    assert_eq!(fits("active-backup", "independent", 0)["load_balancing"], "explicit");
    assert_eq!(fits("1", "independent", 0), fits("active-backup", "independent", 0));
    assert_eq!(fits("802.3ad", "static-lag", 0)["load_balancing"], "iphash");
    // A standard vSwitch speaks no LACP: with two uplinks that is an outage, not an approximation.
    let refused = fits("802.3ad", "lacp", 1);
    assert!(refused["findings"].as_array().is_some_and(|all| !all.is_empty()), "{refused}");
    esxi(&["teaming", "802.3ad", "--switch", "lacp"]).ended(1).says("refused");
    esxi(&["teaming", "9"]).ended(2).says("error[HOST029]").says("0-6");
    esxi(&["teaming", "1", "--switch", "sideways"]).ended(2).says("static-lag");
}

#[test]
fn teaming_writes_both_ends_of_the_cables() {
    let words = ["teaming", "802.3ad", "--switch", "lacp", "--snippet", "nx-os", "--members", "eno1,eno2"];
    let wires = ["--ports", "Eth1/7,Eth1/8", "--vlans", "10,20", "--native", "99", "--channel", "7"];
    let all = [&words[..], &wires].concat();
    // As the ports are it is refused; what is printed says how it would be right.
    let told = esxi(&all).ended(1).says("waits for LACP").says("eno2 for vmnic1");
    for line in
        ["channel-group 7 mode on", "switchport trunk allowed vlan 10,20,99", "-l iphash", "interface Eth1/8"]
    {
        assert!(told.out.contains(line), "{line} is not in\n{}", told.out);
    }
    let json = esxi(&[&all[..], &["--format", "json"]].concat()).ended(1).json();
    assert_eq!(
        (&json["snippet"]["becomes"], &json["snippet"]["was"]),
        (&"static-lag".into(), &"lacp".into())
    );
    assert_eq!(json["snippet"]["host"][0][0], "esxcli");

    let params = ["--param", "primary=eno2", "--param", "arp_interval=100", "--members", "eno1,eno2,eno3"];
    let json =
        esxi(&[&["teaming", "1", "--switch", "independent", "--format", "json"][..], &params].concat());
    let json = json.ended(0).json();
    assert_eq!((&json["active"], &json["standby"]), (&json!(["eno2"]), &json!(["eno1", "eno3"])));
    assert_eq!((&json["failure_detection"], &json["uplinks"]), (&"beacon".into(), &3.into()));
    let plain = esxi(&[&["teaming", "1", "--switch", "independent"][..], &params].concat()).ended(0).out;
    assert!(plain.contains("active eno2, standby eno1, eno3"), "{plain}");

    let refused = |more: &[&str], code: &str, word: &str| {
        esxi(&[&["teaming", "1", "--switch", "independent"][..], more].concat())
            .ended(2)
            .says(code)
            .says(word);
    };
    refused(&["--snippet", "cisco"], "HOST029", "nx-os");
    refused(&["--param", "primary"], "HOST029", "primary=eno1");
    refused(&["--members", "eno1,eno2", "--uplinks", "3"], "NET053", "--uplinks");
    refused(&["--members", "eno1,eno2", "--param", "primary=eth9"], "NET053", "eth9");
    refused(&["--snippet", "ios", "--ports", "Gi1/0/1"], "NET053", "2 uplinks");
    refused(&["--snippet", "ios", "--vlans", "5000"], "HOST029", "5000");
    esxi(&["teaming", "802.3ad", "--snippet", "ios"]).ended(2).says("NET017").says("--switch");
    // No switch makes it right; it is said once.
    let broadcast = esxi(&["teaming", "3", "--switch", "lacp", "--snippet", "ios"]).ended(1);
    assert_eq!(broadcast.err.matches("NET018").count(), 1, "{}", broadcast.err);
}

#[test]
fn every_code_is_explained() {
    let list = esxi(&["explain"]).ended(0).out;
    let known: Vec<&str> = esxi_core::diag::codes::all().map(|row| row.code.as_str()).collect();
    assert!(known.len() > 50, "{known:?}");
    let listed: Vec<&str> = list.lines().filter_map(|line| line.split_whitespace().next()).collect();
    for code in &known {
        assert!(listed.contains(code), "{code} is not listed");
    }
    let all = esxi(&["explain", "--format", "json"]).ended(0).json();
    let rows = all["codes"].as_array().unwrap();
    assert_eq!(rows.len(), known.len());
    for row in rows {
        let text = row["text"].as_str().unwrap();
        assert!(text.len() > 20 && !text.contains("  "), "{row}");
        assert!((1..=4).contains(&row["exit"].as_u64().unwrap()), "{row}");
        assert!(!row["python"].as_str().unwrap().is_empty(), "{row}");
    }
    esxi(&["explain", "APPLY007"]).ended(0).says("APPLY007: ").says("Exit status 3");
    esxi(&["explain", "NET000"]).ended(2).says("error[HOST026]").says("esxi explain");
}

#[test]
fn help_is_one_page_and_names_the_statuses() {
    let help = esxi(&["--help"]).ended(0).out;
    assert!(help.contains("Exit status: 0 fine"), "{help}");
    assert!(help.lines().count() < 40, "{help}");
    esxi(&["no-such-command"]).ended(2);
    esxi(&["--version"]).ended(0).says(env!("CARGO_PKG_VERSION"));
}
