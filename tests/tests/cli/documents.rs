//! Documents: importing, checking, the schema.

use crate::{esxi, esxi_in, root};
use std::os::unix::fs::PermissionsExt;

fn example(name: &str) -> String {
    std::fs::read_to_string(root().join("examples").join(name)).unwrap()
}

#[test]
fn curtin_comes_from_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let text = example("packet-curtin.yaml");
    let piped = esxi_in(folder.path(), &["import", "curtin", "-"], &text).ended(0);
    let named = esxi(&["import", "curtin", "examples/packet-curtin.yaml"]).ended(0);
    assert_eq!(piped.out, named.out);
    piped.says("<stdin>:6:7");
    // What it writes is a host file without findings.
    esxi_in(folder.path(), &["check", "-"], &named.out).ended(0).says("<stdin>: no findings");
    let json = esxi_in(folder.path(), &["import", "curtin", "-", "--format", "json"], &text).ended(0).json();
    assert_eq!(json["schema"], 1);
    assert_eq!(json["host_file"]["version"], 1);
    assert!(!json["diagnostics"].as_array().unwrap().is_empty());
}

#[test]
fn output_is_written_whole_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let text = example("packet-curtin.yaml");
    let write = |to: &str| esxi_in(folder.path(), &["import", "curtin", "-", "--output", to], &text);
    let printed = esxi_in(folder.path(), &["import", "curtin", "-"], &text).ended(0).out;
    let here = || {
        let names = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name());
        names.map(|name| name.into_string().unwrap()).collect::<Vec<_>>()
    };

    assert_eq!(write("host.yaml").ended(0).out, "");
    assert_eq!(std::fs::read_to_string(folder.path().join("host.yaml")).unwrap(), printed);
    let mode = std::fs::metadata(folder.path().join("host.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o644);
    assert_eq!(here(), ["host.yaml"], "nothing is left beside it");

    write("missing/host.yaml").ended(2).says("error[HOST021]").says("help: ");
    // A folder stands where the file should: everything was written but its name.
    std::fs::create_dir(folder.path().join("taken")).unwrap();
    write("taken").ended(2).says("error[HOST021]");
    let mut left = here();
    left.sort();
    assert_eq!(left, ["host.yaml", "taken"], "nothing is left of an attempt");
    // A document that cannot be imported does not touch what was there.
    esxi_in(folder.path(), &["import", "curtin", "-", "--output", "host.yaml"], "network: {").ended(2);
    assert_eq!(std::fs::read_to_string(folder.path().join("host.yaml")).unwrap(), printed);
}

#[test]
fn mistakes_are_found_where_they_stand() {
    let folder = tempfile::tempdir().unwrap();
    let text = "version: 1\nnetwork:\n  vswitches:\n    - nme: vSwitch0\n";
    let check = |args: &[&str]| esxi_in(folder.path(), &[&["check", "-"], args].concat(), text).ended(1);
    check(&[])
        .says("error[HOST002]")
        .says("<stdin>:4:7")
        .says("    - nme: vSwitch0")
        .says("did you mean `name`?");
    let found = check(&["--format", "json"]).json();
    let first = &found["diagnostics"][0];
    assert_eq!((&found["schema"], &first["code"]), (&1.into(), &"HOST002".into()));
    assert_eq!(first["start"], serde_json::json!({ "line": 4, "column": 7 }));
    assert_eq!(first["severity"], "error");
    assert!(first["help"].as_str().unwrap().contains("name"));
    // The findings of all files count.
    let both = ["check", "examples/lab.yaml", "-"];
    esxi_in(&root(), &both, text).ended(1).says("examples/lab.yaml: no findings").says("<stdin>: 1 error");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    esxi_in(folder.path(), &["check", "none.yaml"], "").ended(2).says("none.yaml").says("help: ");
    std::fs::write(folder.path().join("latin1.yaml"), b"version: 1\n# M\xfcnchen\n").unwrap();
    esxi_in(folder.path(), &["check", "latin1.yaml"], "").ended(2).says("UTF-8").says("byte 14");
}

#[test]
fn the_schema_is_one_and_takes_the_examples() {
    let schema = esxi(&["schema"]).ended(0).json();
    jsonschema::meta::validate(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for name in ["packet.yaml", "maas.yaml", "lab.yaml", "lab-fabric.yaml"] {
        let value: serde_json::Value = serde_saphyr::from_str(&example(name)).unwrap();
        assert!(validator.is_valid(&value), "{name}: {:?}", validator.validate(&value).err());
    }
    let wrong = serde_json::json!({ "version": 1, "network": { "vswitches": [{ "nme": "x" }] } });
    assert!(!validator.is_valid(&wrong));
}
