//! Several hosts in one process: the ready file, the control socket, the record.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use esxi_ssh::sim::{JailMode, Record, Request, SimConfig, SimError, SimServer, StateDump, ask, replay};
use serde_json::Value;
use sim_support::{config, soon};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn plain(name: &str, version: &str) -> SimConfig {
    let mut config = config(name, version);
    config.jail = JailMode::Off;
    config
}

async fn serve(folder: &Path, configs: Vec<SimConfig>, record: Record) -> (SimServer, PathBuf) {
    let mut server = SimServer::start(configs, record).await.unwrap();
    let control = server.open_control().unwrap().to_owned();
    server.write_ready_file(folder.join("ready.json")).unwrap();
    (server, control)
}

async fn asked(control: &Path, request: Request) -> Result<Value, SimError> {
    let control = control.to_owned();
    soon(tokio::task::spawn_blocking(move || ask(&control, &request))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn one_ready_file_names_every_host_and_goes_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let configs = vec![plain("esx01", "6.5"), plain("esx02", "8.0")];
    let (mut server, control) = serve(folder.path(), configs, Record::in_memory()).await;
    let path = folder.path().join("ready.json");
    let ready: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!((&ready["schema"], &ready["name"]), (&1.into(), &"esx01".into()));
    assert_eq!(ready["control"], control.to_str().unwrap());
    let hosts = ready["hosts"].as_array().unwrap();
    assert_eq!(hosts.iter().map(|host| &host["version"]).collect::<Vec<_>>(), ["6.5.0", "8.0.0"]);
    assert_eq!(ready["listeners"].as_array().unwrap().len(), 2);
    for (host, served) in hosts.iter().zip(server.hosts()) {
        assert_eq!(host["host_keys"][0]["fingerprint"], served.fingerprint());
        let port = host["port"].as_u64().unwrap();
        let line = format!("[127.0.0.1]:{port} {}", served.host_key_line());
        assert!(host["known_hosts"].as_array().unwrap().iter().any(|one| *one == line), "{host}");
    }
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&control), mode(control.parent().unwrap())), (0o600, 0o700));
    soon(server.shutdown()).await;
    assert!(!path.exists() && !control.exists() && !control.parent().unwrap().exists());
    let twice = vec![plain("esx01", "6.5"), plain("esx01", "8.0")];
    let error = SimServer::start(twice, Record::in_memory()).await.unwrap_err();
    assert_eq!(error.to_string(), "two hosts are called \"esx01\"");
}

#[tokio::test(flavor = "multi_thread")]
async fn state_is_dumped_and_loaded_into_other_hosts() {
    let folder = tempfile::tempdir().unwrap();
    let (server, control) =
        serve(folder.path(), vec![plain("esx01", "7.0"), plain("esx02", "7.0")], Record::in_memory()).await;
    let add = |name| ["esxcli", "network", "vswitch", "standard", "add", "-v", name];
    let host = &server.hosts()[0];
    host.run(&add("vSwitch8")).await.unwrap();
    host.save();
    host.run(&add("vSwitch9")).await.unwrap();
    let reply = asked(&control, Request::Dump { host: Some("esx01".into()) }).await.unwrap();
    let dump: StateDump = serde_json::from_value(reply).unwrap();
    assert_eq!(dump.hosts.len(), 1);
    assert!(dump.hosts[0].saved.machine.state.vswitches.contains_key("vSwitch8"));
    drop(server);

    let (server, control) = serve(folder.path(), vec![plain("esx01", "6.5")], Record::in_memory()).await;
    let loaded = asked(&control, Request::Load { dump: Box::new(dump.clone()) }).await.unwrap();
    assert_eq!(loaded["loaded"], serde_json::json!(["esx01"]));
    let host = &server.hosts()[0];
    assert_eq!(host.dump().machine, dump.hosts[0].machine);
    soon(host.power_cycle()).await.unwrap();
    let state = host.state();
    assert!(state.vswitches.contains_key("vSwitch8") && !state.vswitches.contains_key("vSwitch9"));
    let mut other = dump;
    other.hosts[0].name = "esx07".into();
    let error = asked(&control, Request::Load { dump: Box::new(other) }).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no host esx07; hosts: esx01");
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_come_and_go_while_the_hosts_run() {
    let folder = tempfile::tempdir().unwrap();
    let (server, control) =
        serve(folder.path(), vec![plain("esx01", "7.0"), plain("esx02", "7.0")], Record::in_memory()).await;
    let rule = || "hostd-down".parse().unwrap();
    let get = ["esxcli", "system", "version", "get"];
    let reply = asked(&control, Request::Inject { host: Some("esx02".into()), rule: rule() }).await.unwrap();
    assert_eq!(reply["faults"][0]["fault"], "hostd-down");
    let statuses = async || {
        let mut all = Vec::new();
        for host in server.hosts() {
            all.push(host.run(&get).await.unwrap().status);
        }
        all
    };
    assert_eq!(statuses().await, [0, 1]);
    let listed = asked(&control, Request::Faults { host: None }).await.unwrap();
    let expected = serde_json::json!([{ "host": "esx02", "id": 1, "fault": "hostd-down", "active": true }]);
    assert_eq!(listed["faults"], expected);
    asked(&control, Request::Lift { host: None, fault: None }).await.unwrap();
    assert_eq!(statuses().await, [0, 0]);
    let error = asked(&control, Request::Lift { host: None, fault: Some(9) }).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no fault of this number");
    let error =
        asked(&control, Request::Inject { host: Some("esx9".into()), rule: rule() }).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no host esx9; hosts: esx01, esx02");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_runs_again_with_the_same_answers() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("record.jsonl");
    let mut one = plain("esx01", "7.0");
    one.faults = vec!["fail no at command 3".parse().unwrap()];
    let (mut server, control) =
        serve(folder.path(), vec![one, plain("esx02", "8.0")], Record::create(&path).unwrap()).await;
    let words = |line: &'static str| line.split(' ').collect::<Vec<_>>();
    let [first, second] = server.hosts() else { panic!() };
    for line in [
        "esxcli network vswitch standard add -v vSwitch1",
        "esxcli network vswitch standard add -v vSwitch1",
        "esxcli network vswitch standard add -v vSwitch2",
        "esxcli network nic list",
        "/sbin/auto-backup.sh",
    ] {
        first.run(&words(line)).await.unwrap();
        second.run(&words(line)).await.unwrap();
    }
    first.inject("link-down vmnic0".parse().unwrap()).unwrap();
    first.run(&words("esxcli network nic list")).await.unwrap();
    first.lift(2);
    first.run(&words("esxcli network vswitch standard add -v vSwitch3")).await.unwrap();
    soon(first.power_cycle()).await.unwrap();
    first.run(&words("esxcli network vswitch standard list")).await.unwrap();
    let log = asked(&control, Request::Log { host: Some("esx02".into()) }).await.unwrap();
    let lines = log["lines"].as_array().unwrap();
    assert_eq!(lines.iter().filter(|line| line["record"] == "command").count(), 5);
    assert!(lines.iter().all(|line| line["host"] == "esx02"));
    soon(server.shutdown()).await;

    let text = std::fs::read_to_string(&path).unwrap();
    let found = replay(&text, None).unwrap();
    assert_eq!((found.commands, found.skipped, &found.differences[..]), (12, 1, &[][..]));
    // Another answer is found: what one command did is taken out of the record.
    let mut lines: Vec<&str> = text.lines().collect();
    let at = lines.iter().position(|line| line.contains("\"vSwitch1\"") && line.contains("command")).unwrap();
    lines.remove(at);
    let found = replay(&lines.join("\n"), None).unwrap();
    let first = &found.differences[0];
    assert_eq!((first.number, first.status), (2, (1, 0)));
    // Another release prints other tables.
    let found = replay(&text, Some("5.5".parse().unwrap())).unwrap();
    assert!(!found.differences.is_empty());
    assert!(replay("{}", None).unwrap_err().to_string().starts_with("line 1 of the record: "));
}
