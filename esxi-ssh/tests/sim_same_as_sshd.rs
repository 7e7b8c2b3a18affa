//! The same commands through OpenSSH's own server and through a simulated host have to end the same.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod common;
mod sim_support;

use common::Sshd;
use esxi_ssh::sim::SimHost;
use esxi_ssh::{Credentials, HostKeyPolicy, Session, Target, Transport};
use sim_support::{ADDRESS, Client, Ran, config, ip, ran, soon, spawn};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

struct Both {
    client: Client,
    host: SimHost,
    sshd: Sshd,
}

impl Both {
    async fn start() -> Both {
        let client = Client::new();
        let host = client.start(config("esx01", "7.0")).await;
        // Its commands run in the user's login shell: `exec sh` makes that a plain one on both sides.
        let sshd = Sshd::start("");
        std::fs::write(sshd.path("authorized_keys"), client.public_key()).unwrap();
        Both { client, host, sshd }
    }

    /// `ssh` to the one and to the other.
    fn ssh(&self, words: &[&str]) -> [Command; 2] {
        let at = self.host.connect_address("client", ip(ADDRESS)).unwrap();
        let ours = self.client.tool("ssh", "esx01", at);
        let known = self.sshd.known_hosts(&format!("{{name}} {}\n", self.sshd.host_key("ecdsa")));
        let mut theirs = Command::new("ssh");
        theirs.args(["-F", "none", "-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i"]);
        theirs.arg(self.client.folder().join("key")).kill_on_drop(true);
        theirs.arg("-o").arg(format!("UserKnownHostsFile={}", known.display()));
        let places = [(ours, at, "root"), (theirs, self.sshd.address, self.sshd.user.as_str())];
        places.map(|(mut command, at, user)| {
            command.args(["-o", "LogLevel=ERROR", "-p", &at.port().to_string()]);
            command.arg(format!("{user}@{}", at.ip())).args(words);
            command
        })
    }

    async fn agree(&self, line: &str, stdin: &[u8]) -> Ran {
        let [mut ours, mut theirs] = self.ssh(&[line]);
        let (ours, theirs) = tokio::join!(ran(&mut ours, stdin), ran(&mut theirs, stdin));
        let shown: String = line.chars().take(80).collect();
        assert_eq!((ours.status, &ours.err), (theirs.status, &theirs.err), "{shown}");
        assert!(ours.bytes == theirs.bytes, "{shown}: {} and {}", ours.out, theirs.out);
        ours
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_and_status() {
    let both = Both::start().await;
    let all: Vec<u8> = (0..=u8::MAX).cycle().take(700_001).collect();
    assert!(both.agree("cat", &all).await.bytes == all);
    assert_eq!(both.agree("wc -c | tr -d ' '", &all).await.out, "700001\n");
    assert_eq!(both.agree("head -c 3", &all).await.bytes, [0, 1, 2]);
    assert_eq!(both.agree("exec sh", b"echo $((6*7)); exit 8\n").await.status, Some(8));
    let mixed = both.agree("exec sh -c 'echo a; echo b >&2; printf \"c\\0d\"; exit 3'", b"").await;
    assert_eq!((mixed.bytes.as_slice(), mixed.err.as_str(), mixed.status), (&b"a\nc\0d"[..], "b\n", Some(3)));
    // Longer than any packet that OpenSSH's client would split, shorter than what one argument may be.
    let long = format!("printf %s '{}' | wc -c | tr -d ' '", "x".repeat(110_000));
    assert_eq!(both.agree(&long, b"").await.out, "110000\n");
    both.agree("exec sh -c 'kill -KILL $$'", b"").await;
    both.agree("exec sh -c 'kill -TERM $$'", b"").await;
    both.agree("printf '\\377\\376'; printf '\\200' >&2", b"").await;
    both.agree("echo \"$SSH_ORIGINAL_COMMAND|$DISPLAY|$SSH_AUTH_SOCK\"", b"").await;
    both.agree("test -t 0; echo $?; test -t 1; echo $?", b"").await;
    both.agree("true", &all).await;
    both.agree("", b"echo from a shell\nexit 2\n").await;
    both.agree("exec 0<&-; exec 1>&-; exec 2>&-; sleep 0; exit 6", b"").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_exit_status() {
    let both = Both::start().await;
    let at = both.host.connect_address("client", ip(ADDRESS)).unwrap();
    // A real account's shell may take its time to start: some are enough there.
    let some = [0, 1, 2, 126, 127, 128, 129, 137, 143, 254, 255];
    let places = [
        (at, "root", both.host.host_key_line(), (0..=255).collect()),
        (both.sshd.address, both.sshd.user.as_str(), both.sshd.host_key("ecdsa"), some.to_vec()),
    ];
    for (at, user, key, statuses) in places {
        let credentials = Credentials::none().key(both.client.folder().join("key"));
        let options = common::options(credentials, HostKeyPolicy::Pinned(key.parse().unwrap()));
        let target = Target::new(user, "127.0.0.1", at.port()).unwrap();
        let mut session = Session::connect(&target, &options).await.unwrap();
        for status in statuses {
            let ended = session.exec(&format!("exit {status}"), b"").await.unwrap();
            assert_eq!(ended.status, Some(status), "{user} {at}");
        }
    }
}

/// The channel is closed when nobody holds the output any more, not before.
#[tokio::test(flavor = "multi_thread")]
async fn a_command_ends_with_the_last_holder_of_its_output() {
    let both = Both::start().await;
    for (line, waits) in [
        ("sleep 2 & echo started", true),
        ("sleep 2 >/dev/null 2>&1 & echo started", false),
        ("sleep 2 >/dev/null & echo started", true),
        ("(sleep 2; echo late) & echo started; exit 5", true),
    ] {
        for mut command in both.ssh(&[line]) {
            let begun = Instant::now();
            let ended = ran(&mut command, b"").await;
            assert!(ended.out.starts_with("started\n"), "{line}: {ended:?}");
            assert_eq!(ended.out.contains("late"), line.contains("late"), "{line}: {ended:?}");
            assert_eq!(ended.status, Some(if line.contains("exit 5") { 5 } else { 0 }), "{line}");
            assert_eq!(
                begun.elapsed() >= Duration::from_millis(1900),
                waits,
                "{line}: {:?}",
                begun.elapsed()
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_hangs_up_and_interrupts() {
    let both = Both::start().await;
    for mut command in both.ssh(&["exec sh -c 'echo ready; read x; echo $x; exec sleep 60'"]) {
        let words: Vec<_> = command.as_std().get_args().map(ToOwned::to_owned).collect();
        command = Command::new("ssh");
        let mut child = spawn(command.arg("-tt").args(words));
        let mut stdin = child.stdin.take().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("ready"));
        stdin.write_all(b"typed\n").await.unwrap();
        assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("typed"), "the echo");
        assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("typed"));
        stdin.write_all(b"\x03").await.unwrap();
        // By the terminal's own interrupt, which the client shows as 255 for a signal, or the shell as 130.
        let status = soon(child.wait()).await.unwrap().code();
        assert!(matches!(status, Some(255 | 130)), "{status:?}");
    }
}
