//! `esxi ip` for whole hosts and for a user's own provider.

use crate::{esxi, esxi_in, root};

#[test]
fn every_provider_is_listed_and_says_where_its_rules_stand() {
    let providers = esxi(&["ip", "providers", "--format", "json"]).ended(0).json();
    let text = esxi(&["ip", "providers"]).ended(0).out;
    let all = providers["providers"].as_array().unwrap();
    let files = std::fs::read_dir(root().join("esxi-core/profiles")).unwrap().count();
    assert_eq!((all.len(), text.lines().count()), (files, files));
    for provider in all {
        let name = provider["name"].as_str().unwrap();
        assert!(text.contains(name));
        assert!(!provider["layouts"].as_array().unwrap().is_empty());
        let shown = esxi(&["ip", "providers", name]).ended(0).out;
        let document = esxi(&["ip", "providers", name, "--format", "json"]).ended(0).json();
        for fact in document["provider"]["fact"].as_array().unwrap() {
            assert!(shown.contains(fact["text"].as_str().unwrap()), "{name}: {fact}");
            assert!(shown.contains(fact["source"].as_str().unwrap()), "{name}: {fact}");
        }
    }
    esxi(&["ip", "providers", "hetzner"]).ended(2).says("hetzner-robot");
}

#[test]
fn the_file_and_the_words_give_the_same() {
    let words = [
        "ip",
        "plan",
        "147.75.1.8/29=block/router-vm",
        "147.75.200.16/29=elastic",
        "--provider=packet",
        "--name=mail",
        "--name=backup=147.75.1.14",
        "--name=web=147.75.200.16",
        "--name=db=147.75.200.17",
        "--reserve=147.75.200.22-147.75.200.23=kept for the move",
        "--own-network=192.168.70.0/24",
        "--dns=9.9.9.9",
        "--dns=149.112.112.112",
        "--format=json",
    ];
    let by_words = esxi(&words).ended(0).json();
    let by_file =
        esxi(&["ip", "plan", "--file", "examples/addresses.yaml", "--format", "json"]).ended(0).json();
    assert_eq!(by_words, by_file);
    assert_eq!(by_file["blocks"][1]["next_hop"], "147.75.1.10");
    assert_eq!(by_file["router"]["behind"][0]["block"], "147.75.200.16/29");
    assert_eq!(by_file["handover"]["to"], "147.75.1.11");
    let names: Vec<_> = by_file["guests"].as_array().unwrap().iter().map(|guest| &guest["name"]).collect();
    assert_eq!(names, ["mail", "backup", "web", "db"]);
}

#[test]
fn a_users_own_provider_is_planned_with_and_its_mistakes_have_a_place() {
    let own =
        ["ip", "plan", "81.2.3.16/28", "--profile", "examples/provider.toml", "--provider", "corner-rack"];
    let plan = esxi(&[&own[..], &["--format", "json"]].concat()).ended(0).json();
    let role = |n: usize| plan["addresses"][n]["role"].as_str().unwrap().to_owned();
    assert_eq!(
        [0, 1, 2, 3, 13, 14, 15].map(role),
        ["network", "reserved", "management", "available", "available", "gateway", "broadcast"]
    );

    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join("examples/provider.toml")).unwrap();
    for (right, wrong, place, cure) in [
        ("delivery = \"bridged\"", "delivery = \"bridge\"", "14:12", "bridged"),
        ("prefixes = \"27-29\"", "prefixes = 29", "13:12", "\"29\""),
        ("gateway = \"in-block\"", "gatway = \"in-block\"", "15:1", "gateway"),
        ("status = \"live\"", "status = \"live", "7:", "quote"),
    ] {
        assert!(text.contains(right));
        std::fs::write(folder.path().join("mine.toml"), text.replacen(right, wrong, 1)).unwrap();
        let ran = esxi_in(folder.path(), &["check", "mine.toml"], "").ended(1);
        assert!(ran.err.contains(&format!("mine.toml:{place}")), "{wrong}: {}", ran.err);
        assert!(ran.err.contains(cure), "{wrong}: {}", ran.err);
        esxi_in(folder.path(), &["ip", "plan", "81.2.3.16/28", "--profile", "mine.toml"], "").ended(2);
    }
}

#[test]
fn machines_get_their_configuration() {
    let file = ["--file", "examples/addresses.yaml"];
    let netplan = esxi(&[&["ip", "guest"][..], &file, &["--only", "web"]].concat()).ended(0).out;
    assert!(netplan.contains("147.75.200.16/32") && netplan.contains("on-link: true"), "{netplan}");
    let all =
        esxi(&[&["ip", "guest"][..], &file, &["--as", "ifupdown", "--card", "eth7"]].concat()).ended(0).out;
    for part in ["147.75.1.12/29", "147.75.1.14/29", "147.75.200.17", "eth7"] {
        assert!(all.contains(part), "{part}: {all}");
    }
    esxi(&[&["ip", "guest"][..], &file, &["--card", "a b; reboot"]].concat()).ended(2).says("error[IP041]");
    esxi(&[&["ip", "guest"][..], &file, &["--only", "nobody"]].concat()).ended(2).says("error[IP036]");
    let router = esxi(&[&["ip", "router"][..], &file, &["--as", "vyos"]].concat()).ended(0).out;
    assert!(router.contains("147.75.1.10/29") && router.contains("147.75.200.16/29"), "{router}");
    let steps = esxi(&[&["ip", "handover"][..], &file].concat()).ended(0).out;
    assert!(steps.contains("esxi apply move.yaml --host ssh://root@147.75.1.10"), "{steps}");
}

#[test]
fn names_go_to_the_first_block_that_has_room() {
    let plan =
        |args: &[&str]| esxi(&[&["ip", "plan", "--format", "json"][..], args].concat()).ended(0).json();
    let names = |plan: &serde_json::Value, block: usize| -> Vec<String> {
        let rows = plan["blocks"][block]["ranges"].as_array().unwrap();
        rows.iter().filter_map(|row| Some(row["name"].as_str()?.to_owned())).collect()
    };
    // The server's own subnet is shared: none of it is for machines.
    let main =
        ["51.38.7.0/24", "91.121.4.9/32", "91.121.4.12/32", "--provider=ovh", "--management=51.38.7.20"];
    let ovh = plan(&[&main[..], &["--name=web", "--name=db"]].concat());
    assert_eq!(
        (names(&ovh, 0), names(&ovh, 1), names(&ovh, 2)),
        (vec![], vec!["web".into()], vec!["db".into()])
    );
    // Pinned names keep theirs, wherever the others go.
    let words = ["147.75.1.8/29", "147.75.2.0/30=elastic", "--provider=packet", "--layout=router-vm"];
    let pins = ["--name=a", "--name=b", "--name=c=147.75.1.14", "--name=d", "--name=e=147.75.2.0"];
    let packet = plan(&[&words[..], &pins].concat());
    assert_eq!(
        (names(&packet, 0), names(&packet, 1)),
        (vec!["a".into(), "b".into(), "c".into()], vec!["e".into(), "d".into()])
    );
}

#[test]
fn the_host_files_network_is_held_against_its_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join("examples/addresses.yaml")).unwrap();
    for (right, wrong, code, place) in [
        ("address: 147.75.1.11/29", "address: 147.75.1.10/29", "IP034", "ipv4: {"),
        ("[192.168.70.0/24]", "[10.70.0.0/16]", "IP026", "10.70.0.0/16"),
        ("uplinks: [\"0c:c4:7a:b5:80:02\"]", "uplinks: [vmnic0, vmnic1]", "IP034", "uplinks: [vmnic0"),
        ("layout: router-vm", "layout: direct", "IP027", "147.75.200.16/29"),
    ] {
        assert!(text.contains(right));
        std::fs::write(folder.path().join("host.yaml"), text.replacen(right, wrong, 1)).unwrap();
        let ran = esxi_in(folder.path(), &["check", "host.yaml"], "").ended(1);
        assert!(
            ran.err.contains(&format!("error[{code}]")) && ran.err.contains(place),
            "{wrong}: {}",
            ran.err
        );
    }
}

/// What is written elsewhere is the core's; here that each form arrives, whole, where it is asked for.
#[test]
fn a_plan_is_written_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let file = root().join("examples/addresses.yaml");
    let source = ["ip", "plan", "--file", file.to_str().unwrap(), "--domain", "example.org"];
    for format in esxi_core::block::ExportFormat::ALL {
        let name = format.name();
        let told = esxi_in(folder.path(), &[&source[..], &["--as", name]].concat(), "").ended(0).out;
        assert!(
            told.ends_with('\n') && (told.contains("147.75.200.16") || name == "netbox-ranges"),
            "{name}: {told}"
        );
        let output = format!("plan.{}", format.extension());
        let written =
            esxi_in(folder.path(), &[&source[..], &["--as", name, "--output", &output]].concat(), "");
        assert_eq!(written.ended(0).out, "");
        assert_eq!(std::fs::read_to_string(folder.path().join(&output)).unwrap(), told, "{name}");
    }
    let hosts = esxi(&[&source[..], &["--as", "hosts", "--host-name", "esxi7"]].concat()).ended(0).out;
    assert!(hosts.contains("web.example.org") && hosts.contains("esxi7.example.org"), "{hosts}");
    // The fragment goes into a host file: planned again, nobody has moved.
    let fragment = esxi(&[&source[..], &["--as", "host-file"]].concat()).ended(0).out;
    std::fs::write(folder.path().join("pinned.yaml"), format!("version: 1\n{fragment}")).unwrap();
    let again = ["ip", "plan", "--file", "pinned.yaml", "--format", "json"];
    let again = esxi_in(folder.path(), &again, "").ended(0).json();
    let first = esxi(&[&source[..4], &["--format", "json"]].concat()).ended(0).json();
    assert_eq!(again, first);
    let nowhere = [&source[..], &["--as", "csv", "--output", "none/there.csv"]].concat();
    esxi_in(folder.path(), &nowhere, "").ended(2).says("none/there.csv");
}

#[test]
fn nothing_that_is_stated_is_passed_over_in_silence() {
    let block = "147.75.1.8/29";
    let file = ["ip", "plan", "--file", "examples/addresses.yaml"];
    for beside in [
        "--reserve=147.75.1.14",
        "--management=147.75.1.12",
        "--gateway=147.75.1.9",
        "--next-hop=147.75.1.10",
        "--router-mac=00:50:56:00:00:01",
        "--own-network=192.168.0.0/24",
        "--without-private-side",
        "--dns=9.9.9.9",
    ] {
        esxi(&[&file[..], &[beside]].concat()).ended(2).says("cannot be used with");
    }
    esxi(&["ip", "plan", "147.75.1.8/29=block/router-vm", "--layout=direct"]).ended(2).says("stated twice");
    esxi(&["ip", "plan", "147.75.1.8/29=block", "--allocation=elastic"]).ended(2).says("stated twice");
    esxi(&["ip", "plan", block, "--domain=example.org"]).ended(2).says("--as <FORM>");
    esxi(&["ip", "plan", block, "--host-name=esxi-7"]).ended(2).says("--as <FORM>");
    let printed = esxi(&["ip", "plan", block, "--as=csv"]).ended(0).out;
    assert_eq!(esxi(&["ip", "plan", block, "--as=csv", "-o", "-"]).ended(0).out, printed);
}

#[test]
fn a_name_goes_to_the_smallest_block_that_holds_its_address() {
    let words = ["ip", "plan", "88.99.1.64/26", "88.99.1.100/32", "--provider=hetzner-robot"];
    let words = [&words[..], &["--management=88.99.1.77", "--gateway=88.99.1.65", "--format=json"]].concat();
    let plan = esxi(&[&words[..], &["--name=web=88.99.1.100,00:50:56:00:11:22"]].concat());
    assert_eq!(plan.json()["guests"][0]["addresses"][0]["address"], "88.99.1.100/32");
}

#[test]
fn quoted_words_give_the_terminal_no_commands() {
    let refused = esxi(&["ip", "plan", "1.2.3.4\u{1b}[31m/29"]).ended(2);
    assert!(!refused.err.contains('\u{1b}'), "{:?}", refused.err);
    esxi(&["ip", "guest", "147.75.1.8/29", "--name=web", "--only=webb"]).ended(2).says("did you mean web?");
}

#[test]
fn the_hand_over_listens_for_every_block_behind_the_router() {
    let words = ["147.75.1.8/29=block/router-vm", "147.75.2.0/30=elastic", "147.75.3.0/30=elastic"];
    let steps = esxi(&[&["ip", "handover"][..], &words].concat()).ended(0);
    assert!(steps.out.contains("dst net 147.75.2.0/30 or 147.75.3.0/30\n"), "{}", steps.out);
}
