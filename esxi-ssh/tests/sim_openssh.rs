//! OpenSSH's own client on a simulated host: the shell, its streams, its jail.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use sim_support::{ADDRESS, CLIENT, Client, config, ip, ran, soon, spawn};
use std::process::Stdio;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_works() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let run = async |line: &str| client.run(&host, "esx01", line).await;

    let simple = run("esxcli network nic list").await;
    assert!(simple.out.contains("vmnic0"), "{simple:?}");
    assert_eq!(simple.status, Some(0));
    let piped = run(
        "esxcli network vswitch standard list | grep Name; for i in 1 2; do esxcli network nic list; done",
    )
    .await;
    assert!(piped.out.starts_with("   Name: vSwitch0\n"), "{piped:?}");
    assert_eq!(piped.out.matches("vmnic0").count(), 2);
    assert_eq!((run("exit 7").await.status, run("false").await.status), (Some(7), Some(1)));
    // OpenSSH's client shows a remote signal as 255.
    assert_eq!(run("kill -TERM $$").await.status, Some(255));
    let refused = run("esxcli network no-such-thing").await;
    assert_eq!((refused.status, refused.err.as_str()), (Some(1), ""));
    assert!(refused.out.starts_with("Error: Unknown command or namespace"), "{refused:?}");
    let missing = run("no-such-program").await;
    assert_eq!(missing.status, Some(127));
    assert!(missing.err.contains("not found"), "{missing:?}");

    let told = run("echo $SSH_CONNECTION / $SSH_CLIENT / $HOME / $USER; hostname; pwd").await;
    let words: Vec<&str> = told.out.split_whitespace().collect();
    assert_eq!((words[0], words[2], words[3]), (CLIENT, ADDRESS, "22"), "{told:?}");
    assert_eq!((words[5], words[7]), (CLIENT, "22"));
    assert!(told.out.ends_with(" / / / root\nesx01\n/\n"), "{told:?}");

    // A command in a script that is read from standard input must not eat the rest of it.
    let script = b"esxcli network nic list >/dev/null\nfor i in a b; do echo $i; done\nexit 3\n";
    let scripted = client.run_with(&host, "esx01", &["sh", "-s"], script).await;
    assert_eq!((scripted.status, scripted.out.as_str()), (Some(3), "a\nb\n"));
    let shell = client.run_with(&host, "esx01", &["-T"], b"echo login shell; exit 4\n").await;
    assert_eq!((shell.status, shell.out.as_str()), (Some(4), "login shell\n"));
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_clean_and_separate() {
    let client = Client::new();
    let host = client.start(config("esx01", "6.5")).await;
    let megabyte: Vec<u8> = (0..1_u32 << 20).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let echoed = client.run_with(&host, "esx01", &["cat"], &megabyte).await;
    assert!(echoed.bytes == megabyte, "{} bytes came back", echoed.bytes.len());
    let both = client.run(&host, "esx01", "echo out; echo err >&2").await;
    assert_eq!((both.out.as_str(), both.err.as_str()), ("out\n", "err\n"));
    let counted = client.run_with(&host, "esx01", &["wc", "-c"], &megabyte).await;
    assert_eq!(counted.out.trim(), "1048576");
    // A program that never reads does not hold up its own end.
    let deaf = client.run_with(&host, "esx01", &["sleep 0; exit 5"], &megabyte).await;
    assert_eq!(deaf.status, Some(5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_has_a_prompt_an_echo_and_a_size() {
    for (version, prompt) in [("5.5", "~ # "), ("8.0", "[root@esx01:~] ")] {
        let client = Client::new();
        let host = client.start(config("esx01", version)).await;
        let at = host.connect_address("client", ip(ADDRESS)).unwrap();
        assert_eq!(client.run(&host, "esx01", "printf 'be\\nnice\\n' >/etc/motd; echo ok").await.out, "ok\n");
        let mut ssh = client.ssh("esx01", at);
        ssh.arg("-tt");
        let mut child = spawn(&mut ssh);
        let mut stdin = child.stdin.take().unwrap();
        let mut stdout = child.stdout.take().unwrap();
        let mut seen = String::new();
        let mut buffer = [0; 4096];
        for line in [
            "cd /tmp; test -t 0 && stty -a >/dev/null && echo a-$((40+2))\n",
            "cd; esxcli network nic list\n",
            "exit 6\n",
        ] {
            // The line editor asks the terminal where its cursor is, right after the prompt.
            while ![prompt, "/tmp] ", "/tmp # "].iter().any(|end| latest(&seen).contains(end)) {
                let length = soon(stdout.read(&mut buffer)).await.unwrap();
                assert_ne!(length, 0, "ended early: {seen}");
                seen.push_str(&String::from_utf8_lossy(&buffer[..length]));
            }
            seen.push(MARK);
            stdin.write_all(line.as_bytes()).await.unwrap();
        }
        let mut rest = String::new();
        soon(stdout.read_to_string(&mut rest)).await.unwrap();
        seen.push_str(&rest);
        assert!(seen.starts_with("be\r\nnice\r\n"), "the message of the day: {seen}");
        assert!(seen.contains("echo a-$((40+2))"), "the echo: {seen}");
        assert!(seen.contains("a-42\r\n"), "the output: {seen}");
        assert!(seen.contains("vmnic0"), "{seen}");
        assert_eq!(soon(child.wait()).await.unwrap().code(), Some(6));
    }
}

const MARK: char = '\u{1}';

/// What came since the last line was typed.
fn latest(seen: &str) -> &str {
    seen.rsplit(MARK).next().unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_running_lives_on() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let run = async |line: &str| client.run(&host, "esx01", line).await;
    // The channel closes although the child runs on, because it holds none of its streams.
    let left =
        run("mkfifo /tmp/go; (read x </tmp/go; echo $x >/tmp/done) </dev/null >/dev/null 2>&1 & echo left")
            .await;
    assert_eq!((left.status, left.out.as_str()), (Some(0), "left\n"));
    assert_eq!(run("test -e /tmp/done").await.status, Some(1));
    let woken =
        run("echo finished >/tmp/go; while ! test -s /tmp/done; do usleep 1000; done; cat /tmp/done").await;
    assert_eq!(woken.out, "finished\n");
    // Its end leaves no zombie behind that `kill -0` would take for alive.
    let dead =
        run("sh -c 'exit 0' & p=$!; wait; sh -c 'sh -c \"exit 0\" </dev/null >/dev/null 2>&1 & echo $!'")
            .await;
    let pid = dead.out.trim().to_owned();
    assert_eq!(
        run(&format!("while kill -0 {pid} 2>/dev/null; do usleep 1000; done; echo gone")).await.out,
        "gone\n"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_inside_reaches_the_outside() {
    let marker = std::process::Command::new("sleep").arg("600").stdout(Stdio::null()).spawn();
    let mut marker = marker.unwrap();
    let client = Client::new();
    let host = client.start(config("esx01", "8.0")).await;
    let run = async |line: &str| client.run(&host, "esx01", line).await;

    assert_eq!(run("kill -9 1; kill -9 -1; echo still here").await.out, "still here\n");
    assert_eq!(run("echo still there").await.out, "still there\n");
    let processes = run("ps | grep '[s]leep 600'; echo end").await;
    assert_eq!(processes.out, "end\n");
    let foreign = run(&format!("kill -9 {}", marker.id())).await;
    assert_ne!(foreign.status, Some(0));
    assert!(marker.try_wait().unwrap().is_none(), "a process outside was killed");
    marker.kill().unwrap();
    marker.wait().unwrap();

    let name = format!("esxi-sim-escape-{}", std::process::id());
    assert_eq!(run(&format!("touch /{name} /tmp/{name}; ls /{name}")).await.out, format!("/{name}\n"));
    assert!(!std::path::Path::new("/").join(&name).exists() && !std::env::temp_dir().join(&name).exists());
    for attempt in [
        "echo b >/proc/sysrq-trigger",
        "echo x >/bin/busybox",
        "echo x >/bin/esxcli",
        "echo 1 >/proc/sys/kernel/panic",
        "mount -t tmpfs none /tmp",
        "chroot /proc/1/root true",
        "reboot_is_not_here=1 /bin/busybox mount -t sysfs sys /tmp/x",
    ] {
        assert_ne!(run(attempt).await.status, Some(0), "{attempt}");
    }
    let outside =
        run("ls /home /root /srv /usr/share /usr/local 2>/dev/null; ls -d /.old 2>/dev/null; echo end").await;
    assert_eq!(outside.out, "end\n");
    // From 8.0 only what was installed may be executed; a shell may read anything.
    let script =
        run("printf '#!/bin/sh\\necho ran\\n' >/tmp/s; chmod 755 /tmp/s; /tmp/s; echo $?; sh /tmp/s").await;
    assert_eq!(script.out, "126\nran\n", "{script:?}");
    let older = client.start(config("esx02", "7.0")).await;
    let script = client
        .run(&older, "esx02", "printf '#!/bin/sh\\necho ran\\n' >/tmp/s; chmod 755 /tmp/s; /tmp/s")
        .await;
    assert_eq!(script.out, "ran\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn forwarding_is_refused() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut forward = client.ssh("esx01", at);
    forward.args(["-W", "127.0.0.1:1"]);
    let refused = ran(&mut forward, b"").await;
    assert_eq!(refused.status, Some(255), "{refused:?}");
    for way in [["-L", "127.0.0.1:0:127.0.0.1:1"], ["-R", "0:127.0.0.1:1"]] {
        let mut forward = client.ssh("esx01", at);
        forward.args(way).args(["-o", "ExitOnForwardFailure=yes", "-o", "LogLevel=INFO"]).arg("echo ran");
        let ran = ran(&mut forward, b"").await;
        // The local end of -L listens before anybody asks the server.
        let refused = ran.status == Some(255) && ran.err.contains("remote port forwarding failed");
        assert_eq!(refused, way[0] == "-R", "{ran:?}");
    }
    let mut agent = client.ssh("esx01", at);
    agent.args(["-A", "-o", "SendEnv=LC_ALL", "echo \"<$SSH_AUTH_SOCK$LC_ALL$DISPLAY>\""]).env("LC_ALL", "C");
    assert_eq!(ran(&mut agent, b"").await.out, "<>\n");
}
