//! The script's text under real shells, with programs in place of `esxcli` and `localcli` that write down what they are
//! asked: every verb, and what a host does that refuses, hangs, or has lost `hostd`.

use esxi_core::guard::{GuardOptions, Run, RunState, script};
use esxi_core::model::facts;
use esxi_core::plan::{Plan, plan};
use esxi_core::reach::Fabric;
use esxi_tests::lab;
use std::net::IpAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Shells that the script has to run in: the host's own, and whatever is the system's.
fn shells() -> Vec<Vec<&'static str>> {
    let busybox = Command::new("busybox").arg("true").output().is_ok_and(|ran| ran.status.success());
    let mut shells = vec![vec!["sh"]];
    shells.extend(busybox.then_some(vec!["busybox", "sh"]));
    shells
}

/// Stands for `esxcli` and `localcli`: `FAULT` says what happens to a command with that word in it.
const PROGRAM: &str = r#"#!/bin/sh
me=${0##*/}
echo "$me $*" >>LOG
[ "$me" = esxcli ] || exit 0
fault=$(cat FAULT)
[ -n "$fault" ] || exit 0
what=${fault%% *}
word=${fault#* }
case " $* " in
*"$word"*)
  case $what in
  refuse) echo "Sysinfo error: Busy"; exit 1 ;;
  down) echo "Connect to localhost failed: Connection failure"; exit 1 ;;
  hang) exec sleep 60 ;;
  esac
  ;;
esac
exit 0
"#;

/// A folder that stands for `/tmp` of a host.
struct Host {
    folder: TempDir,
    shell: Vec<&'static str>,
    plan: Plan,
}

impl Host {
    fn new(shell: &[&'static str]) -> Host {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir(at("bin")).unwrap();
        let log = at("log").display().to_string();
        let program = PROGRAM.replace("LOG", &log).replace("FAULT)", &format!("{})", at("fault").display()));
        for name in ["esxcli", "localcli"] {
            std::fs::write(at("bin").join(name), &program).unwrap();
            make_executable(&at("bin").join(name));
        }
        let start = lab::state("8.0");
        let mut end = start.clone();
        end.dns
            .servers
            .extend(["9.9.9.9", "9.9.9.10", "9.9.9.11"].map(|text| text.parse::<IpAddr>().unwrap()));
        let plan = plan(&start, &end, &Fabric::default());
        assert_eq!(plan.steps.len(), 3, "{plan:?}");
        let host = Host { folder, shell: shell.to_vec(), plan };
        host.fault("");
        host
    }

    /// Writes a script; the folder stands for `/tmp`. Where a command hangs, patience with it is shorter.
    fn upload(&self, id: &str, window: u64, from: Option<&str>) {
        let mut options = GuardOptions::new(id, 3).window(Duration::from_secs(window), 3);
        options.confirm_from = from.map(|from| from.parse().unwrap());
        let mut text = self.here(&script(&self.plan, &options).unwrap());
        let fault = std::fs::read_to_string(self.folder.path().join("fault")).unwrap();
        if fault.starts_with("hang") {
            for (long, short) in
                [("step_patience=60", "step_patience=5"), ("undo_patience=20", "undo_patience=3")]
            {
                assert!(text.contains(long));
                text = text.replace(long, short);
            }
        }
        std::fs::write(self.folder.path().join(format!("esxi-guard-{id}.sh")), text).unwrap();
    }

    fn here(&self, text: &str) -> String {
        text.replace("/tmp/", &format!("{}/", self.folder.path().display()))
    }

    fn fault(&self, fault: &str) {
        std::fs::write(self.folder.path().join("fault"), fault).unwrap();
    }

    fn command(&self, args: &[&str], client: &str) -> Command {
        let mut command = Command::new(self.shell[0]);
        let path = std::env::var("PATH").unwrap();
        command.args(&self.shell[1..]).args(args).stdin(Stdio::null());
        command.env("PATH", format!("{}:{path}", self.folder.path().join("bin").display()));
        command.env("SSH_CONNECTION", format!("{client} 50000 192.0.2.10 22"));
        command
    }

    fn call_from(&self, client: &str, id: &str, verb: &str) -> String {
        let script = self.folder.path().join(format!("esxi-guard-{id}.sh"));
        let output = self.command(&[script.to_str().unwrap(), verb], client).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn call(&self, id: &str, verb: &str) -> String {
        self.call_from("198.51.100.7", id, verb)
    }

    /// Asks until it says so.
    fn until(&self, id: &str, wanted: &str) -> String {
        let asked = Instant::now();
        loop {
            let told = self.call(id, "state");
            if told.starts_with(wanted) {
                return told;
            }
            assert!(
                asked.elapsed() < Duration::from_secs(60),
                "{:?}: it says {told}, never {wanted}",
                self.shell
            );
            std::thread::yield_now();
        }
    }

    fn log(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// What the facts script says of runs. It finds no `esxcli`; the version that nothing reads without is put in.
    fn runs(&self) -> Vec<Run> {
        let text = self.here(&facts::script());
        let output = Command::new(self.shell[0]).args(&self.shell[1..]).args(["-c", &text]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let nonce = text.lines().next().unwrap().rsplit(' ').next().unwrap();
        let version = format!("@{nonce} begin version text 0 \n   Version: 8.0.2\n@{nonce} end\n");
        facts::parse(&text.replace(&format!("@{nonce} done"), &format!("{version}@{nonce} done")))
            .unwrap()
            .runs
    }
}

#[cfg(unix)]
fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// In every shell, all at once: they wait most of the time.
fn in_every_shell(test: impl Fn(Host) + Sync) {
    let test = &test;
    std::thread::scope(|scope| {
        for shell in shells() {
            scope.spawn(move || test(Host::new(&shell)));
        }
    });
}

fn count(log: &[String], program: &str, word: &str) -> usize {
    log.iter().filter(|line| line.starts_with(program) && line.contains(word)).count()
}

#[test]
fn confirmed_saved_and_cleaned() {
    in_every_shell(|host| {
        host.upload("a", 60, None);
        assert_eq!(host.call("a", "state"), "idle");
        assert_eq!(host.runs(), []);
        assert_eq!(host.call("a", "saved"), "");
        assert_eq!(host.call("a", "arm"), "armed");
        host.until("a", "waiting");
        let run = host.runs().remove(0);
        assert_eq!((run.id.as_str(), &run.state), ("a", &RunState::Waiting));
        assert_eq!((run.window, run.cap, run.confirm_from), (Some(60), Some(105), None));
        assert!(run.armed.is_some_and(|armed| armed > 1_700_000_000));
        assert_eq!(host.call("a", "confirm"), "confirmed");
        assert_eq!(host.runs()[0].state, RunState::Confirmed { saved: false });
        host.call("a", "saved");
        assert_eq!(host.call("a", "confirm"), "confirmed saved");
        assert_eq!(host.call("a", "back"), "confirmed saved");
        assert_eq!(host.runs()[0].state, RunState::Confirmed { saved: true });
        assert_eq!(count(&host.log(), "esxcli", " dns server "), 3, "{:?}", host.log());
        host.call("a", "clean");
        let left = std::fs::read_dir(host.folder.path()).unwrap();
        assert!(left.flatten().all(|file| !file.file_name().to_string_lossy().contains("guard")));
    });
}

#[test]
fn one_change_at_a_time_and_ended_ones_are_swept() {
    in_every_shell(|host| {
        host.upload("a", 60, None);
        host.upload("b", 60, None);
        assert_eq!(host.call("a", "arm"), "armed");
        assert_eq!(host.call("b", "arm"), "taken by a");
        assert_eq!(host.call("b", "state"), "idle", "it was not started");
        // Nor does taking the other away open the door.
        host.call("b", "clean");
        host.upload("b", 60, None);
        assert_eq!(host.call("b", "arm"), "taken by a");
        assert_eq!(host.call("a", "back"), "rolled-back asked to");
        assert_eq!(host.runs()[0].state, RunState::RolledBack("asked to".into()));
        assert_eq!(host.call("b", "arm"), "armed");
        host.until("b", "waiting");
        let ids: Vec<String> = host.runs().into_iter().map(|run| run.id).collect();
        assert_eq!(ids, ["b"], "what ended was swept");
        assert_eq!(host.call("b", "confirm"), "confirmed");
    });
}

#[test]
fn only_the_named_client_confirms() {
    in_every_shell(|host| {
        for (id, from, others, same) in [
            ("v4", "10.0.0.5", ["10.0.0.50", "1.10.0.0.5"], ["10.0.0.5", "::ffff:10.0.0.5"]),
            ("v6", "2001:db8::5", ["2001:db8::6", "10.0.0.5"], ["2001:db8::5", "2001:db8::5%vmk0"]),
        ] {
            host.upload(id, 60, Some(from));
            host.call(id, "arm");
            host.until(id, "waiting");
            assert_eq!(host.runs()[0].confirm_from, Some(from.parse().unwrap()));
            for other in others {
                assert_eq!(host.call_from(other, id, "confirm"), format!("elsewhere {from}"));
            }
            for same in same {
                assert_eq!(host.call_from(same, id, "confirm"), "confirmed", "{same}");
            }
            // What is decided is told to everybody.
            assert_eq!(host.call_from(others[0], id, "confirm"), "confirmed");
        }
    });
}

#[test]
fn a_refused_step_is_undone_from_before_it() {
    in_every_shell(|host| {
        host.fault("refuse 9.9.9.10");
        host.upload("a", 60, None);
        host.call("a", "arm");
        let told = host.until("a", "rolled-back");
        assert_eq!(told, "rolled-back step failed 2 Sysinfo error: Busy");
        let log = host.log();
        assert_eq!((count(&log, "esxcli", "add"), count(&log, "esxcli", "9.9.9.11")), (2, 0), "{log:?}");
        assert_eq!(count(&log, "localcli", ""), 0, "{log:?}");
    });
}

#[test]
fn without_hostd_its_stand_in_does_the_work() {
    in_every_shell(|host| {
        host.fault("down dns");
        host.upload("a", 1, None);
        host.call("a", "arm");
        assert_eq!(host.until("a", "rolled-back"), "rolled-back nobody confirmed within 1 s");
        let log = host.log();
        assert_eq!(count(&log, "localcli", "add"), 3, "{log:?}");
        assert_eq!(count(&log, "localcli", "remove"), 3, "{log:?}");
    });
}

#[test]
fn a_command_that_hangs_holds_nothing_up() {
    in_every_shell(|host| {
        // In the change: nobody knows whether it took effect, so it is undone, and once more for a late effect, which
        // would have met the former state.
        host.fault("hang add -s 9.9.9.10");
        host.upload("a", 60, None);
        host.call("a", "arm");
        assert_eq!(host.until("a", "rolled-back"), "rolled-back step 2 did not end");
        let log = host.log();
        assert_eq!(count(&log, "esxcli", "9.9.9.11"), 0, "{log:?}");
        assert_eq!(count(&log, "esxcli", "remove -s 9.9.9.10"), 3, "{log:?}");
        // In the undo: it goes on with the stand-in, and waits for no second one.
        host.fault("hang remove");
        host.upload("b", 1, None);
        // The first says that it has ended before it opens the door.
        while host.call("b", "arm") != "armed" {
            std::thread::yield_now();
        }
        host.until("b", "rolled-back");
        let later = &host.log()[log.len()..];
        assert_eq!(count(later, "localcli", "remove"), 3, "{later:?}");
        assert_eq!(count(later, "esxcli", "remove"), 1, "{later:?}");
    });
}

#[test]
fn called_back_while_a_command_hangs() {
    in_every_shell(|host| {
        host.fault("hang add -s 9.9.9.9");
        host.upload("a", 60, None);
        host.call("a", "arm");
        let asked = Instant::now();
        while host.log().is_empty() {
            assert!(asked.elapsed() < Duration::from_secs(60));
            std::thread::yield_now();
        }
        assert_eq!(host.call("a", "back"), "rolled-back asked to");
        assert_eq!(count(&host.log(), "esxcli", "9.9.9.10"), 0);
        assert_eq!(host.call("a", "confirm"), "rolled-back asked to");
    });
}

#[test]
fn confirm_and_back_at_once_leave_one_winner() {
    in_every_shell(|host| {
        for round in 0..10 {
            let id = format!("r{round}");
            host.upload(&id, 60, None);
            host.call(&id, "arm");
            host.until(&id, "waiting");
            let script = host.folder.path().join(format!("esxi-guard-{id}.sh"));
            let both: Vec<Child> = ["confirm", "back"]
                .map(|verb| {
                    host.command(&[script.to_str().unwrap(), verb], "192.0.2.7").stdout(Stdio::null()).spawn()
                })
                .map(Result::unwrap)
                .into();
            for mut one in both {
                one.wait().unwrap();
            }
            let run = host.runs().into_iter().find(|run| run.id == id).unwrap();
            let undone = count(&host.log(), "esxcli", "remove") > 0;
            match run.state {
                RunState::Confirmed { saved: false } => assert!(!undone),
                RunState::RolledBack(_) => assert!(undone),
                other => panic!("{other:?}"),
            }
            std::fs::remove_file(host.folder.path().join("log")).unwrap();
            host.call(&id, "clean");
        }
    });
}
