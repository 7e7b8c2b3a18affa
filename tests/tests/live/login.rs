//! Getting in: keys, passwords, and hosts that are not who they should be.

use crate::ESXI;
use esxi_ssh::SecretString;
use esxi_ssh::sim::{Event, KeyPair};
use esxi_tests::lab::{self, ADDRESS, Lab, Ran, run};

const PASSWORD: &str = "Zaubernuss-4711";

fn lab(version: &str) -> Lab {
    let mut config = lab::config(version);
    config.root_password = Some(SecretString::from(PASSWORD));
    Lab::start(ESXI, config)
}

/// `esxi facts` with a password alone.
fn by_password(lab: &Lab, password: &str, args: &[&str]) -> Ran {
    let url = format!("ssh://root@{ADDRESS}");
    let mut command = lab.command(&["facts", "--host", &url, "--known-hosts", "known_hosts"]);
    command.args(["--address-map", "ready.json"]).args(args).env("ESXI_PASSWORD", password);
    run(command, b"").keeps_quiet_about(password)
}

/// How the host saw logins go.
fn logins(events: &mut tokio::sync::broadcast::Receiver<Event>) -> Vec<String> {
    let mut all = Vec::new();
    while let Ok(event) = events.try_recv() {
        match event {
            Event::LoggedIn { method, .. } => all.push(format!("in by {method}")),
            Event::PasswordRefused { method, .. } => all.push(format!("refused by {method}")),
            _ => {}
        }
    }
    all
}

#[test]
fn a_password_is_given_the_way_the_release_takes_it() {
    for (version, method) in [("7.0", None), ("8.0.2", Some("in by keyboard-interactive"))] {
        let lab = lab(version);
        let mut events = lab.host.events();
        by_password(&lab, PASSWORD, &[]).ended(0).says("VMware ESXi");
        let seen = logins(&mut events);
        assert_eq!(seen.len(), 1, "{version}: {seen:?}");
        assert!(method.is_none_or(|method| seen == [method]), "{version}: {seen:?}");
    }
}

#[test]
fn a_password_may_come_from_a_file() {
    let lab = lab("7.0");
    lab.write("password", &format!("{PASSWORD}\n"));
    lab.write("wrong", "something else\n");
    // The file goes before the environment.
    by_password(&lab, "not-it-either", &["--password-file", "password"]).ended(0);
    let mut events = lab.host.events();
    by_password(&lab, PASSWORD, &["--password-file", "wrong"]).ended(2);
    assert_eq!(logins(&mut events).len(), 1);
}

#[test]
fn a_wrong_password_is_sent_once() {
    for version in ["6.5", "7.0", "8.0.2"] {
        let lab = lab(version);
        let before = lab.host.state();
        let mut events = lab.host.events();
        by_password(&lab, "Fallstrick-0815", &[]).ended(2).says("error[SSH").says("help: ");
        let seen = logins(&mut events);
        assert_eq!(seen.len(), 1, "{version}: {seen:?}");
        assert!(seen[0].starts_with("refused"), "{version}: {seen:?}");
        assert_eq!(lab.host.state(), before);
    }
}

#[test]
fn a_strange_key_is_refused() {
    let lab = lab("8.0.2");
    let strange = KeyPair::generate().unwrap();
    strange.write_private(&lab.path("strange")).unwrap();
    let url = format!("ssh://root@{ADDRESS}");
    let args = [
        "facts",
        "--host",
        &url,
        "-i",
        "strange",
        "--known-hosts",
        "known_hosts",
        "--address-map",
        "ready.json",
    ];
    lab.esxi(&args).ended(2).says("error[SSH").says("help: ");
}

#[test]
fn an_unknown_host_is_not_trusted() {
    let lab = lab("8.0.2");
    lab.write("known_hosts", "");
    let mut events = lab.host.events();
    let args = ["apply", "none.yaml", "--yes"];
    lab.write("none.yaml", "version: 1\nnetwork:\n  gateway: 192.0.2.254\n");
    let before = lab.host.state();
    lab.on_host(&args).ended(2).says("error[SSH").says(&lab.host.fingerprint()).says("help: ");
    assert_eq!(logins(&mut events), Vec::<String>::new(), "nothing is said to a host that is not known");
    assert_eq!(lab.host.state(), before);
    assert_eq!(std::fs::read_to_string(lab.path("known_hosts")).unwrap(), "", "nor is its key kept");
}

#[test]
fn a_host_with_another_key_is_not_trusted() {
    let lab = lab("7.0");
    let other = KeyPair::generate().unwrap().public_line();
    lab.write("known_hosts", &format!("{ADDRESS} {other}\n"));
    let mut events = lab.host.events();
    let refused = by_password(&lab, PASSWORD, &[]).ended(2).says("error[SSH");
    assert_eq!(logins(&mut events), Vec::<String>::new(), "{refused:?}");
}
