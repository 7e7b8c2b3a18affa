//! Simulated hosts served by the command, for others' tests.

use crate::ESXI;
use esxi_ssh::sim::KeyPair;
use esxi_tests::lab::{Child, Ran, command, openssh, run};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Served hosts, with everything that they may leave behind in one folder.
struct Served {
    folder: TempDir,
    child: Option<Child>,
}

impl Served {
    fn start(args: &[&str]) -> Served {
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        key.write_private(&folder.path().join("key")).unwrap();
        std::fs::write(folder.path().join("key.pub"), key.public_line()).unwrap();
        std::fs::write(folder.path().join("password"), "VMware1!\n").unwrap();
        std::fs::create_dir(folder.path().join("tmp")).unwrap();
        let mut served = Served { folder, child: None };
        served.again(args);
        served
    }

    fn again(&mut self, args: &[&str]) {
        let usual = ["sim", "serve", "--ready-file", "ready.json", "--known-hosts", "known_hosts"];
        let mut command = self.command(&[&usual[..], args].concat());
        command.env("TMPDIR", self.path("tmp"));
        self.child = Some(Child::spawn(command, b""));
        self.esxi(&["sim", "wait", "ready.json"]).ended(0);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn command(&self, args: &[&str]) -> std::process::Command {
        let mut command = command(Path::new(ESXI), self.folder.path());
        command.args(args);
        command
    }

    fn esxi(&self, args: &[&str]) -> Ran {
        run(self.command(args), b"")
    }

    fn ready(&self) -> Value {
        serde_json::from_slice(&std::fs::read(self.path("ready.json")).unwrap()).unwrap()
    }

    fn shell(&self, host: usize, line: &str) -> Ran {
        let port = self.ready()["hosts"][host]["port"].as_u64().unwrap();
        let socket: SocketAddr = format!("127.0.0.1:{port}").parse().unwrap();
        let mut command = openssh(self.folder.path(), socket);
        command.arg(line);
        run(command, b"")
    }

    /// Ends the hosts with a signal and asserts that nothing of them is left.
    fn end(&mut self, signal: &str) -> Ran {
        let child = self.child.take().unwrap();
        child.signal(signal);
        let ran = child.wait().ended(0);
        assert!(!self.path("ready.json").exists());
        let left: Vec<_> = std::fs::read_dir(self.path("tmp")).unwrap().collect();
        assert!(left.is_empty(), "{left:?}");
        ran
    }
}

#[test]
fn five_hosts_are_served_and_leave_nothing_behind() {
    let args = ["--hosts", "5", "--esxi", "7.0", "--esxi", "8.0.2", "--authorized-key", "key.pub"];
    let mut served = Served::start(&args);
    let ready = served.ready();
    let hosts = ready["hosts"].as_array().unwrap();
    let told: Vec<String> = hosts
        .iter()
        .map(|host| {
            let text = |field: &str| host[field].as_str().unwrap().to_owned();
            format!("{} {} {}", text("name"), text("version"), text("address"))
        })
        .collect();
    assert_eq!(
        told,
        [
            "esxi-sim-1 7.0.0 192.0.2.10",
            "esxi-sim-2 8.0.2 192.0.2.11",
            "esxi-sim-3 7.0.0 192.0.2.12",
            "esxi-sim-4 8.0.2 192.0.2.13",
            "esxi-sim-5 7.0.0 192.0.2.14"
        ]
    );
    for at in 0..5 {
        let name = served.shell(at, "hostname -s; echo $(vmware -v) | cut -d. -f1").ended(0).out;
        let version = ["VMware ESXi 7", "VMware ESXi 8"][at % 2];
        assert_eq!(name, format!("esxi-sim-{}\n{version}\n", at + 1));
    }
    // Their processes, all below the one that was started, are gone when it ends.
    let pid = ready["pid"].as_u64().unwrap();
    let below = |pid: u64| {
        let list = std::process::Command::new("ps").args(["-e", "-o", "pid=,ppid="]).output().unwrap();
        let list = String::from_utf8(list.stdout).unwrap();
        let numbers = |line: &str| {
            let mut numbers = line.split_whitespace().map(|number| number.parse::<u64>().unwrap());
            (numbers.next().unwrap(), numbers.next().unwrap())
        };
        let all: Vec<(u64, u64)> = list.lines().map(numbers).collect();
        let mut found = vec![pid];
        let mut at = 0;
        while let Some(parent) = found.get(at).copied() {
            found.extend(all.iter().filter(|one| one.1 == parent).map(|one| one.0));
            at += 1;
        }
        found.split_off(1)
    };
    let children = below(pid);
    assert!(children.len() >= 10, "{children:?}");
    let ran = served.end("TERM");
    assert_eq!(ran.err.matches(" is up; its host key is SHA256:").count(), 5, "{}", ran.err);
    let alive: Vec<_> =
        children.iter().filter(|pid| Path::new(&format!("/proc/{pid}/root/")).exists()).collect();
    assert!(alive.is_empty(), "{alive:?}");
}

#[test]
fn state_goes_from_one_server_to_the_next() {
    let access = ["--authorized-key", "key.pub"];
    let mut served = Served::start(&[&access[..], &["--esxi", "7.0", "--record", "record.jsonl"]].concat());
    served.shell(0, "esxcli network vswitch standard add -v vSwitch7").ended(0);
    served.shell(0, "esxcli system version get | grep -c Version; /sbin/auto-backup.sh").ended(0).says("1\n");
    served.esxi(&["sim", "state", "dump", "ready.json", "-o", "dump.json"]).ended(0);
    served.esxi(&["sim", "state", "show", "ready.json"]).ended(0).says("vSwitch7").says("as it is now");
    let told = served.esxi(&["sim", "log", "ready.json"]).ended(0);
    assert!(
        told.out.contains("198.51.100.7 esxcli network vswitch standard add -v vSwitch7  → 0"),
        "{}",
        told.out
    );
    assert!(
        told.out.contains("198.51.100.7 esxcli system version get"),
        "the client of a script: {}",
        told.out
    );
    assert!(told.out.contains("saved"), "{}", told.out);
    served.end("INT");
    served.esxi(&["sim", "log", "record.jsonl"]).ended(0).says("vSwitch7");
    served.esxi(&["sim", "replay", "record.jsonl"]).ended(0).says("3 commands: all answered as before");
    let other = served.esxi(&["sim", "replay", "record.jsonl", "--esxi", "6.5"]).ended(1);
    assert!(other.out.contains("esxcli system version get"), "{}", other.out);

    served.again(&[&access[..], &["--state", "dump.json"]].concat());
    served.shell(0, "esxcli network vswitch standard list").ended(0).says("vSwitch7");
    served.shell(0, "esxcli network vswitch standard remove -v vSwitch7").ended(0);
    served
        .esxi(&["sim", "state", "load", "ready.json", "dump.json"])
        .ended(0)
        .says("esxi-sim is as in the dump");
    served.shell(0, "esxcli network vswitch standard list").ended(0).says("vSwitch7");
    served.end("TERM");
    let gone = served.esxi(&["sim", "state", "dump", "ready.json"]).ended(2);
    assert!(gone.err.contains("error[HOST020]"), "{}", gone.err);
    served.esxi(&["sim", "state", "show", "dump.json"]).ended(0).says("vSwitch7");
}

#[test]
fn faults_are_injected_while_hosts_run() {
    let mut served =
        Served::start(&["--hosts", "2", "--authorized-key", "key.pub", "--fault", "busy vmnic1"]);
    let fault = |args: &[&str]| served.esxi(&[&["sim", "fault", "ready.json"][..], args].concat());
    let version = "esxcli system version get";
    fault(&["hostd-down", "--host", "esxi-sim-2"]).ended(0).says("esxi-sim-2 2: hostd-down");
    served.shell(0, version).ended(0);
    served.shell(1, version).ended(1).says("Connect to localhost failed: Connection failure");
    let list = fault(&[]).ended(0);
    assert_eq!(list.out, "esxi-sim-1 1: busy vmnic1\nesxi-sim-2 1: busy vmnic1\nesxi-sim-2 2: hostd-down\n");
    fault(&["--lift", "all"]).ended(0);
    served.shell(1, version).ended(0);
    fault(&[]).ended(0).says("nothing goes wrong");
    // As words of a shell, and as one text.
    fault(&["fail", "No luck", "status", "4", "at", "words", "version get"]).ended(0);
    fault(&["fail 'Nor here' at words \"uuid get\""]).ended(0).says("waits");
    served.shell(0, version).ended(4).says("No luck");
    served.shell(0, "esxcli system uuid get").ended(1).says("Nor here");

    fault(&["hostd-dwon"]).ended(2).says("error[SIM009]").says("did you mean hostd-down?");
    fault(&["link-down", "vmnic9"]).ended(2).says("the host has no card vmnic9, but vmnic0, vmnic1");
    fault(&["cut", "--host", "x"]).ended(2).says("there is no host x; hosts: esxi-sim-1, esxi-sim-2");
    served.end("TERM");
    std::fs::write(served.path("ready.json"), r#"{"schema":1,"control":"/nowhere","listeners":[]}"#).unwrap();
    served.esxi(&["sim", "fault", "ready.json"]).ended(2).says("error[SIM010]").says("served no more");
}

#[test]
fn what_vcenter_manages_is_not_planned_for() {
    let mut served = Served::start(&["--authorized-key", "key.pub", "--fault", "vcenter 192.0.2.5"]);
    std::fs::write(served.path("host.yaml"), "version: 1\nnetwork: { dns: { servers: [192.0.2.53] } }\n")
        .unwrap();
    let access = ["--host", "ssh://root@192.0.2.10", "-i", "key", "--known-hosts", "known_hosts"];
    let access = [&access[..], &["--address-map", "ready.json"]].concat();
    let on_host = |words: &[&str]| served.esxi(&[words, &access[..]].concat());
    on_host(&["facts"]).ended(0).says("Managed by the vCenter server 192.0.2.5");
    let told = "error[HOST038]: the vCenter server 192.0.2.5 manages this host";
    on_host(&["plan", "host.yaml"]).ended(2).says(told);
    on_host(&["apply", "host.yaml", "--yes", "--no-hold-off"]).ended(2).says(told);
    served.esxi(&["sim", "fault", "ready.json", "--lift", "all"]).ended(0);
    on_host(&["facts"]).ended(0).keeps_quiet_about("vCenter").keeps_quiet_about("HOST039");
    on_host(&["plan", "host.yaml"]).ended(0);
    // A key gets in all the same, and is told that nothing else would.
    served.esxi(&["sim", "fault", "ready.json", "lockdown"]).ended(0);
    on_host(&["facts"]).ended(0).says("warning[HOST039]");
    on_host(&["plan", "host.yaml"]).ended(0).says("warning[HOST039]");
    served.end("TERM");
}

#[test]
fn fifty_hosts_fit_into_one_process() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("password"), "VMware1!\n").unwrap();
    let esxi = |args: &[&str]| {
        let mut esxi = command(Path::new(ESXI), folder.path());
        esxi.args(args);
        esxi
    };
    let serve =
        ["sim", "serve", "--hosts", "50", "--password-file", "password", "--ready-file", "ready.json"];
    let served = Child::spawn(esxi(&serve), b"");
    let began = std::time::Instant::now();
    // Longer than `esxi sim wait` has patience on a machine that does something else, too.
    while run(esxi(&["sim", "wait", "ready.json"]), b"").status != Some(0) {
        assert!(began.elapsed() < esxi_tests::lab::LONG);
    }
    let ready = std::fs::read(folder.path().join("ready.json")).unwrap();
    let ready: Value = serde_json::from_slice(&ready).unwrap();
    assert_eq!(ready["hosts"].as_array().unwrap().len(), 50);
    assert_eq!(ready["hosts"][49]["address"], "192.0.2.59");
    let status = std::fs::read_to_string(format!("/proc/{}/status", ready["pid"])).unwrap();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    println!("50 hosts: {} MB resident, up after {:.1} s", kib / 1000, began.elapsed().as_secs_f64());
    assert!(kib < 300_000, "{kib} KiB");
    served.signal("TERM");
    served.wait().ended(0);
}

#[test]
fn a_password_logs_in_and_is_in_no_file() {
    let mut served = Served::start(&["--esxi", "7.0", "--password-file", "password", "--record", "records/"]);
    let mut facts =
        served.command(&["facts", "--host", "ssh://root@192.0.2.10", "--address-map", "ready.json"]);
    facts.args(["--known-hosts", "known_hosts", "--password-file", "password"]);
    run(facts, b"").ended(0).says("vSwitch0");
    let dump = served.esxi(&["sim", "state", "dump", "ready.json"]).ended(0);
    served.esxi(&["sim", "log", "ready.json"]).ended(0).says("esxcli").keeps_quiet_about("VMware1!");
    served.end("TERM");
    let record = std::fs::read_to_string(served.path("records/esxi-sim.jsonl")).unwrap();
    assert!(record.lines().count() > 3);
    for text in [&record, &dump.out] {
        assert!(!text.contains("VMware1!"));
    }
}

#[test]
fn what_cannot_be_served_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let serve = |args: &[&str]| {
        let mut esxi = command(Path::new(ESXI), folder.path());
        esxi.args(["sim", "serve"]).args(args);
        run(esxi, b"")
    };
    std::fs::write(folder.path().join("s.yaml"), "version: 1\nhosts:\n  - name: a\n    esix: '7.0'\n")
        .unwrap();
    let told = serve(&["--scenario", "s.yaml"]).ended(2);
    assert!(told.err.contains("error[HOST002]") && told.err.contains("s.yaml:4:5"), "{}", told.err);
    assert!(told.err.contains("did you mean `esxi`?"), "{}", told.err);
    serve(&["--fault", "mute times 3"]).ended(2).says("error[SIM009]").says("mute lasts");
    serve(&["--address", "192.0.2.10"]).ended(2).says("192.0.2.10/24");
    serve(&["--gateway", "10.0.0.1"]).ended(2).says("error[SIM008]").says("is not on the link of");
    serve(&["--hosts", "3", "--scenario", "s.yaml"]).ended(2).says("cannot be used with");
    serve(&["--hosts", "0"]).ended(2).says("1..=200");
    serve(&["--password-env", "NO_SUCH_VARIABLE"]).ended(2).says("no variable NO_SUCH_VARIABLE");
}
