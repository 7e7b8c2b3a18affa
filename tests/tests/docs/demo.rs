//! The demo.

use crate::ESXI;
use esxi_tests::lab::{command, run};
use std::path::Path;
use std::time::{Duration, Instant};

#[test]
fn it_shows_the_whole_job() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = command(Path::new(ESXI), folder.path());
    demo.arg("demo");
    let began = Instant::now();
    let ran = run(demo, b"").ended(0);
    // Near the full hour its hosts wait for their backup, as real ones would.
    if !ran.err.contains("hourly backup") {
        assert!(began.elapsed() < Duration::from_secs(60), "{:?}", began.elapsed());
    }
    // What a reader sees of the lock-out comes in this order.
    let mut rest = ran.err.as_str();
    for sentence in [
        "which a standard vSwitch cannot join",
        "147.75.1.10 does not answer any more",
        "147.75.1.10 answers again",
        "rolled back to the former state",
        "Management answers on 192.0.2.10 now.",
    ] {
        let at = rest.find(sentence);
        rest =
            &rest[at.unwrap_or_else(|| panic!("\"{sentence}\" is missing in\n{}\n{}", ran.err, ran.out))..];
    }
    assert_eq!(ran.out.matches("applied, confirmed and saved").count(), 2, "{}", ran.out);
    assert_eq!(ran.out.matches("as declared").count(), 3, "{}", ran.out);
    assert!(ran.out.contains("REFUSED"), "{}", ran.out);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "it leaves nothing behind");
}

#[test]
fn one_of_its_hosts_may_be_picked() {
    let folder = tempfile::tempdir().unwrap();
    let mut demo = command(Path::new(ESXI), folder.path());
    demo.args(["demo", "--only", "maas"]);
    run(demo, b"").ended(0).says("MAAS").keeps_quiet_about("147.75.1.10");
}
