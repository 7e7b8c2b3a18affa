//! Muteness, addresses that come and go, power and persistence of a simulated host.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use esxi_core::state::{Fact, Ipv4Config};
use esxi_core::value::VlanId;
use esxi_ssh::sim::{Event, Fault, JailMode, SimHost, Vantage};
use sim_support::{ADDRESS, CLIENT, Client, Ran, config, event, ip, ran, soon, spawn};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

const VLAN: &str = "esxcli network vswitch standard portgroup set -p 'Management Network' -v";

/// Moves management to a VLAN by hand.
fn move_to(host: &SimHost, vlan: u16) {
    let set = |machine: &mut esxi_core::model::Machine, _: &mut _| {
        let group = machine.state.port_groups.get_mut("Management Network").unwrap();
        group.vlan = VlanId::new(vlan).unwrap();
    };
    host.change(set);
}

fn reach(reachable: bool) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::ReachChanged { reachable: now, .. } if *now == reachable)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_falls_silent_and_speaks_again() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut child = spawn(client.ssh("esx01", at).arg("sh -s"));
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    stdin.write_all(b"echo one\n").await.unwrap();
    assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("one"));

    move_to(&host, 100);
    stdin.write_all(b"echo two\n").await.unwrap();
    let silence = tokio::time::timeout(Duration::from_millis(300), lines.next_line()).await;
    assert!(silence.is_err(), "a host that cannot be reached answered: {silence:?}");
    // A new connection is accepted and stays mute: not even the version is sent.
    let mut stranger = TcpStream::connect(at).await.unwrap();
    let silence = tokio::time::timeout(Duration::from_millis(300), stranger.read_u8()).await;
    assert!(silence.is_err(), "{silence:?}");

    move_to(&host, 0);
    assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("two"));
    assert_eq!(soon(stranger.read_u8()).await.unwrap(), b'S');
    host.freeze();
    stdin.write_all(b"echo three\n").await.unwrap();
    let silence = tokio::time::timeout(Duration::from_millis(300), lines.next_line()).await;
    assert!(silence.is_err(), "{silence:?}");
    host.thaw();
    assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("three"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_locks_itself_out_runs_on_and_can_come_back() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let mut events = host.events();
    // The answer to the cutting command never arrives, and yet the script goes on behind the silence.
    let line = format!("{VLAN} 100; echo dark >/vmfs/volumes/log; {VLAN} 0; echo back");
    let (ran, dark) = tokio::join!(client.run(&host, "esx01", &line), event(&mut events, reach(false)));
    assert_eq!((ran.status, ran.out.as_str()), (Some(0), "back\n"));
    assert!(matches!(dark, Event::ReachChanged { vantage, .. } if vantage == "client"));
    // One simple command that cuts: its exit status waits for the return.
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut cut = spawn(client.ssh("esx01", at).arg(format!("{VLAN} 100")));
    event(&mut events, reach(false)).await;
    assert!(tokio::time::timeout(Duration::from_millis(300), cut.wait()).await.is_err());
    host.run(&[
        "esxcli",
        "network",
        "vswitch",
        "standard",
        "portgroup",
        "set",
        "-p",
        "Management Network",
        "-v",
        "0",
    ])
    .await
    .unwrap();
    assert_eq!(soon(cut.wait()).await.unwrap().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_address_gets_a_listener() {
    let client = Client::new();
    let mut config = config("esx01", "6.7");
    config.vantages.push(Vantage { name: "console".into(), address: ip("192.0.2.200") });
    let host = client.start(config).await;
    let before = client.ready("esx01");
    assert_eq!(before["schema"], 1);
    assert_eq!(before["version"], "6.7.0");
    assert_eq!(before["fingerprint"].as_str(), Some(host.fingerprint().as_str()));
    assert_eq!(before["listeners"].as_array().unwrap().len(), 2);
    let change = client.run(
        &host,
        "esx01",
        "esxcli network ip interface ipv4 set -i vmk0 -t static -I 192.0.2.11 -N 255.255.255.0",
    );
    // The old address is gone, so the answer never comes.
    let mut events = host.events();
    let listener = |event: &Event| matches!(event, Event::ListenerAdded { .. });
    tokio::select! {
        answer = change => panic!("an address that is gone answered: {answer:?}"),
        _ = event(&mut events, listener) => {}
    }
    let after = client.ready("esx01");
    let rows = after["listeners"].as_array().unwrap();
    let row = rows.iter().find(|row| row["address"] == "192.0.2.11" && row["vantage"] == "console").unwrap();
    assert_eq!(row["client"], "192.0.2.200");
    assert_eq!(rows[0], before["listeners"][0], "ports stay");
    let at = row["connect"].as_str().unwrap().parse().unwrap();
    let told = ran(client.ssh("esx01", at).arg("echo $SSH_CONNECTION"), b"").await;
    let words: Vec<&str> = told.out.split_whitespace().collect();
    assert_eq!((words[0], words[2]), ("192.0.2.200", "192.0.2.11"), "{told:?}");
}

/// A rule set that lists other addresses makes the host mute for the rest, in a session that is open too.
#[tokio::test(flavor = "multi_thread")]
async fn the_firewall_silences_whom_its_list_does_not_name() {
    let client = Client::new();
    let mut config = config("esx01", "7.0");
    config.vantages.push(Vantage { name: "console".into(), address: ip("192.0.2.200") });
    let host = client.start(config).await;
    let mut events = host.events();
    let set = "esxcli network firewall ruleset";
    let lock = format!(
        "{set} set -r sshServer -a false; {set} allowedip add -r sshServer -i 192.0.2.200; \
         {set} allowedip add -r sshServer -i {CLIENT}; echo both"
    );
    // Between the first command and the last the session is dark, and its script runs on.
    let (both, dark) = tokio::join!(client.run(&host, "esx01", &lock), event(&mut events, reach(false)));
    assert_eq!((both.status, both.out.as_str()), (Some(0), "both\n"));
    assert!(matches!(dark, Event::ReachChanged { .. }));
    let words = "esxcli network firewall ruleset allowedip remove -r sshServer -i";
    let mut argv: Vec<&str> = words.split(' ').collect();
    argv.push(CLIENT);
    host.run(&argv).await.unwrap();
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut stranger = TcpStream::connect(at).await.unwrap();
    let silence = tokio::time::timeout(Duration::from_millis(300), stranger.read_u8()).await;
    assert!(silence.is_err(), "{silence:?}");
    let at = host.connect_address("console", ip(ADDRESS)).unwrap();
    let mut named = TcpStream::connect(at).await.unwrap();
    assert_eq!(soon(named.read_u8()).await.unwrap(), b'S');
    host.run(&"esxcli network firewall unload".split(' ').collect::<Vec<_>>()).await.unwrap();
    assert_eq!(soon(stranger.read_u8()).await.unwrap(), b'S');
}

/// Pings and the table of neighbours see the network as it is at the moment.
#[tokio::test(flavor = "multi_thread")]
async fn who_answers_the_host_itself() {
    let client = Client::new();
    let host = client.start(config("esx01", "6.7")).await;
    let run = async |line: &str| {
        let output = host.run(&line.split(' ').collect::<Vec<_>>()).await.unwrap();
        (output.status, String::from_utf8(output.stdout).unwrap())
    };
    let neighbours = "esxcli network ip neighbor list";
    assert!(run(neighbours).await.1.contains("\n192.0.2.1  "));
    assert!(run("esxcfg-route -n").await.1.contains("\n192.0.2.1 "));
    for there in ["192.0.2.1", CLIENT] {
        let (status, said) = run(&format!("vmkping -c 1 {there}")).await;
        assert_eq!(status, 0, "{said}");
    }
    assert!(run("esxcli network diag ping -H 192.0.2.99").await.1.contains("Recieved: 0\n"));
    move_to(&host, 100);
    assert_eq!(run("vmkping -c 1 192.0.2.1").await.0, 1);
    assert_eq!(run(neighbours).await, (0, String::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn dhcp_hands_out_the_lease_of_the_segment() {
    let mut config = config("esx01", "7.0");
    config.jail = JailMode::Off;
    let vmk = config.machine.state.vmkernel.get_mut("vmk0").unwrap();
    vmk.ipv4 = Fact::Known(Ipv4Config::Dhcp { lease: None });
    config.machine.state.port_groups.get_mut("Management Network").unwrap().vlan = VlanId::new(9).unwrap();
    let client = Client::new();
    let host = client.start(config).await;
    assert_eq!(host.state().vmkernel["vmk0"].ipv4_address(), None, "no server on that VLAN");
    assert_eq!(host.listeners(), []);
    move_to(&host, 0);
    assert_eq!(host.state().vmkernel["vmk0"].ipv4_address(), Some("192.0.2.77/24".parse().unwrap()));
    let at = host.connect_address("client", ip("192.0.2.77")).unwrap();
    let listed = ran(client.ssh("esx01", at).arg("esxcli network ip interface ipv4 get"), b"").await;
    assert!(listed.out.contains("192.0.2.77") && listed.out.contains("DHCP"), "{listed:?}");
    // Without a jail there is no shell.
    let shell = ran(client.ssh("esx01", at).arg("echo a | cat"), b"").await;
    assert_eq!(shell.status, Some(127));
    assert!(shell.err.starts_with("esxi-sim:"), "{shell:?}");
}

const ADD: &str = "esxcli network vswitch standard portgroup add -v vSwitch0 -p";

async fn groups(client: &Client, host: &SimHost) -> Ran {
    client
        .run(
            host,
            "esx01",
            "esxcli network vswitch standard portgroup list; ls /tmp /etc; cat /etc/hosts /vmfs/volumes/disk",
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn power_loss_brings_back_what_was_saved() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let run = async |line: &str| client.run(&host, "esx01", line).await;
    let (ports, key) = (host.listeners(), host.host_key_line());
    let saved = run(&format!(
        "{ADD} Saved; echo kept >>/etc/hosts; echo x >/etc/stray; echo d >/vmfs/volumes/disk; /sbin/auto-backup.sh"
    ))
    .await;
    assert!(saved.out.starts_with("Saving current state in /bootbank\n"), "{saved:?}");
    assert_eq!(run(&format!("{ADD} Lost; echo lost >>/etc/hosts; touch /tmp/lost")).await.status, Some(0));
    assert!(
        host.state().port_groups.contains_key("Lost") && !host.saved_state().port_groups.contains_key("Lost")
    );

    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut open = spawn(client.ssh("esx01", at).arg("echo open; sleep 1000"));
    let mut lines = BufReader::new(open.stdout.take().unwrap()).lines();
    assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("open"));
    soon(host.power_cycle()).await.unwrap();
    assert_eq!(soon(open.wait()).await.unwrap().code(), Some(255), "the connection is cut");
    assert_eq!((host.listeners(), host.host_key_line()), (ports, key));
    let after = groups(&client, &host).await;
    for (word, there) in
        [("Saved", true), ("kept", true), ("d\n", true), ("Lost", false), ("lost", false), ("stray", false)]
    {
        assert_eq!(after.out.contains(word), there, "{word}: {after:?}");
    }
    assert_eq!(run("ps | grep '[s]leep 1000'; echo none").await.out, "none\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn reboot_saves_and_runs_the_start_script() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let mut events = host.events();
    let booted = |boot: u64| move |event: &Event| *event == Event::Booted { boot };
    let line = format!(
        "echo 'echo started >/tmp/started' >/etc/rc.local.d/local.sh; {ADD} Kept; reboot; echo too late"
    );
    let gone = client.run(&host, "esx01", &line).await;
    assert_eq!((gone.status, gone.out.as_str()), (Some(255), ""));
    event(&mut events, booted(2)).await;
    let started = client
        .run(&host, "esx01", "while ! test -s /tmp/started; do usleep 1000; done; cat /tmp/started")
        .await;
    assert_eq!(started.out, "started\n");
    assert!(host.state().port_groups.contains_key("Kept"));
    // Without the shutdown scripts nothing is saved; and busybox's own reboot ends the jail, no more.
    for (boot, command) in [(3, "reboot -f"), (4, "/bin/busybox reboot -f")] {
        let line = format!("{ADD} Unsaved; {command}; sleep 1000");
        assert_eq!(client.run(&host, "esx01", &line).await.status, Some(255), "{command}");
        event(&mut events, booted(boot)).await;
        assert!(!host.state().port_groups.contains_key("Unsaved"), "{command}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_strike_the_command_they_are_meant_for() {
    let mut config = config("esx01", "7.0");
    config.on_command = Some(Arc::new(|number, argv| match number {
        2 => Fault::Error("Busy".into()),
        4 => Fault::PowerCycle,
        _ if argv[0] == "esxcli" || argv[0] == "hostname" => Fault::None,
        _ => Fault::Error("unexpected".into()),
    }));
    let client = Client::new();
    let host = client.start(config).await;
    let mut events = host.events();
    let line = format!("{ADD} A && {ADD} B; {ADD} C; {ADD} D; {ADD} E");
    let gone = client.run(&host, "esx01", &line).await;
    assert_eq!(gone.status, Some(255));
    let mut commands = Vec::new();
    loop {
        match event(&mut events, |_| true).await {
            Event::Command { number, status, argv, .. } => {
                commands.push((number, status, argv.last().cloned().unwrap()))
            }
            Event::PowerLost => break,
            _ => {}
        }
    }
    let expected =
        [(1, 0, "A"), (2, 1, "B"), (3, 0, "C")].map(|(n, status, name)| (n, status, name.to_owned()));
    assert_eq!(commands, expected);
    event(&mut events, |event| *event == Event::Booted { boot: 2 }).await;
    assert_eq!(client.run(&host, "esx01", "hostname").await.out, "esx01\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_know_nothing_of_each_other() {
    let client = Client::new();
    let (one, two) = tokio::join!(client.start(config("esx01", "6.5")), client.start(config("esx02", "8.0")));
    let (first, second) = tokio::join!(
        client.run(&one, "esx01", "touch /tmp/one; hostname; vmware -v; ps | wc -l"),
        client.run(&two, "esx02", "ls /tmp; hostname; vmware -v; ps | wc -l"),
    );
    assert!(first.out.starts_with("esx01\nVMware ESXi 6.5.0"), "{first:?}");
    assert!(second.out.starts_with("esx02\nVMware ESXi 8.0.0"), "{second:?}");
    assert_eq!(first.out.lines().last(), second.out.lines().last());
    one.shutdown().await;
    assert!(!client.ready_file("esx01").exists());
    assert_eq!(client.run(&two, "esx02", "echo alive").await.out, "alive\n");
}

/// Everything inside ends with the host, even when nobody shuts it down in order.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_outlives_a_dropped_host() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let tag = format!("3{}", std::process::id());
    let started =
        client.run(&host, "esx01", &format!("sleep {tag} </dev/null >/dev/null 2>&1 & echo $!")).await;
    assert_eq!(started.status, Some(0));
    let alive = || {
        let processes = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok);
        let lines = processes.filter_map(|one| std::fs::read(one.path().join("cmdline")).ok());
        lines.filter(|line| *line == format!("sleep\0{tag}\0").into_bytes()).count()
    };
    assert_eq!(alive(), 1);
    drop(host);
    let gone = async {
        while alive() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    soon(gone).await;
}

/// As root this runs itself again as `nobody`: an ordinary user has the same host.
#[tokio::test(flavor = "multi_thread")]
async fn works_for_an_ordinary_user_and_for_root() {
    use std::os::unix::fs::MetadataExt;
    let root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if root {
        let mut again = tokio::process::Command::new(std::env::current_exe().unwrap());
        again
            .args(["--exact", "works_for_an_ordinary_user_and_for_root"])
            .uid(65_534)
            .gid(65_534)
            .env("HOME", "/tmp");
        match again.output().await {
            Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
            // The tests lie where nobody else may look.
            Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
        }
    }
    let modes: &[JailMode] =
        if root { &[JailMode::UserNamespace, JailMode::Root] } else { &[JailMode::Auto] };
    for mode in modes {
        let mut config = config("esx01", "7.0");
        config.jail = *mode;
        let client = Client::new();
        let host = client.start(config).await;
        let line = "touch /x && kill -9 1; echo x >/proc/sysrq-trigger; esxcli network nic list | grep -c vmnic0; id -u";
        let ran = client.run(&host, "esx01", line).await;
        let user = if *mode == JailMode::Root { 65_534 } else { 0 };
        assert_eq!(ran.out, format!("1\n{user}\n"), "{mode:?}: {ran:?}");
        assert_eq!(
            client.run(&host, "esx01", "echo $SSH_CLIENT | cut -d' ' -f1").await.out,
            format!("{CLIENT}\n")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_model_lacks_is_counted() {
    let host = SimHost::start(config("esx01", "7.0")).await.unwrap();
    for _ in 0..2 {
        let output = host.run(&["esxcli", "vsan", "trace", "set", "--state", "x"]).await.unwrap();
        assert_eq!(output.status, 70);
    }
    assert_eq!(host.run(&["esxcli", "vsan", "tracing"]).await.unwrap().status, 1);
    let counted: Vec<(String, u64)> = host.not_modelled().into_iter().collect();
    assert_eq!(counted, [("vsan trace set --state".to_owned(), 2)]);
    host.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_console_works_whatever_becomes_of_the_network() {
    let host = Client::new().start(config("esx01", "7.0")).await;
    let line = format!("{VLAN} 100 && cat >/vmfs/volumes/note; echo seen >&2; exit 3");
    let dark = soon(host.shell(&line, b"text")).await.unwrap();
    assert_eq!((dark.status, dark.stdout.as_slice(), dark.stderr.as_slice()), (3, &b""[..], &b"seen\n"[..]));
    let mut events = host.events();
    let down = soon(host.shell("echo before; reboot; sleep 1000", b"")).await.unwrap();
    assert_eq!((down.status, down.stdout.as_slice()), (137, &b"before\n"[..]));
    event(&mut events, |event| matches!(event, Event::Booted { .. })).await;
    assert_eq!(soon(host.shell("cat /vmfs/volumes/note", b"")).await.unwrap().stdout, b"text");

    let mut config = config("esx02", "7.0");
    config.jail = JailMode::Off;
    let host = Client::new().start(config).await;
    let refused = host.shell("true", b"").await.unwrap_err();
    assert!(refused.to_string().contains("without a shell"), "{refused}");
}
