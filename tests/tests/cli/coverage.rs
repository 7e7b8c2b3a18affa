//! `esxi sim coverage`.

use crate::esxi;

fn documents(args: &[&str]) -> Vec<serde_json::Value> {
    let args = [&["sim", "coverage", "--format", "json"][..], args].concat();
    let document = esxi(&args).ended(0).json();
    assert_eq!(document["schema"], 1);
    document["releases"].as_array().unwrap().clone()
}

#[test]
fn every_release_is_counted_and_the_counts_are_those_of_the_list() {
    let releases = documents(&[]);
    let names: Vec<&str> = releases.iter().map(|one| one["esxi"].as_str().unwrap()).collect();
    assert_eq!(names, ["5.0.0", "5.5.0", "6.0.0", "6.5.0", "6.7.0", "7.0.0", "8.0.0", "9.0.0"]);
    for release in &releases {
        let commands = release["commands"].as_array().unwrap();
        for support in ["executed", "parse_only", "lacking"] {
            let listed = commands.iter().filter(|one| one["support"] == support).count();
            assert_eq!(release["known"][support], listed, "{support}");
            let indexed =
                commands.iter().filter(|one| one["support"] == support && one["evidence"] == "indexed");
            assert_eq!(release["indexed"][support], indexed.count(), "{support}");
        }
    }
}

#[test]
fn what_is_lacking_is_listed_for_one_release() {
    let [release] = &documents(&["--esxi", "6.7.3", "--lacking"])[..] else { panic!("one release") };
    let commands = release["commands"].as_array().unwrap();
    assert!(commands.iter().any(|one| one["command"] == "vsan trace get" && one["support"] == "lacking"));
    assert!(commands.iter().all(|one| one["support"] != "executed"));
    let text = esxi(&["sim", "coverage", "--esxi", "6.7", "--lacking"]).ended(0).out;
    assert!(text.starts_with("ESXi 6.7.0\n"), "{text}");
    assert!(text.lines().any(|line| line == "  lacking     vsan trace get"), "{text}");
    assert_eq!(text.lines().filter(|line| line.starts_with("    vsan ")).count(), 1, "{text}");
    esxi(&["sim", "coverage", "--esxi", "4.1"]).ended(2).says("4.1");
}
