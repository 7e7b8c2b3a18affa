//! Every fault of a simulated host, as a foreign client meets it: through OpenSSH.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use esxi_core::reach::{Fabric, Lag, SwitchPort};
use esxi_core::state::{FactoryNic, HostState};
use esxi_ssh::SecretString;
use esxi_ssh::sim::{Event, SimConfig, SimHost};
use sim_support::{ADDRESS, Client, Ran, config, event, fabric, ip, ran, soon, spawn};
use std::time::{Duration, Instant};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::broadcast;

const ADD: &str = "esxcli network vswitch standard portgroup add -v vSwitch0 -p";

/// A host with one card more, which is not used yet.
fn two_cards(name: &str, version: &str) -> SimConfig {
    let mut config = config(name, version);
    let (old, net) = (config.machine.state.clone(), fabric());
    let nic = |mac: &str| FactoryNic { mac: mac.parse().unwrap(), link_up: true };
    let cards = [nic("0c:c4:7a:b5:80:02"), nic("0c:c4:7a:b5:80:03")];
    let fresh = esxi_core::state::factory(version.parse().unwrap(), &cards);
    config.machine.state = HostState { nics: fresh.nics, ..old };
    let port: SwitchPort = net.ports["vmnic0"].clone();
    config.fabric =
        Fabric { ports: ["vmnic0", "vmnic1"].map(|nic| (nic.parse().unwrap(), port.clone())).into(), ..net };
    config
}

async fn start(client: &Client, mut config: SimConfig, faults: &[&str]) -> SimHost {
    config.faults = faults.iter().map(|fault| fault.parse().unwrap()).collect();
    client.start(config).await
}

fn reach(reachable: bool) -> impl Fn(&Event) -> bool {
    move |event| matches!(event, Event::ReachChanged { reachable: now, .. } if *now == reachable)
}

async fn began(events: &mut broadcast::Receiver<Event>, what: &str) {
    event(events, |event| matches!(event, Event::FaultBegan { what: told, .. } if told == what)).await;
}

async fn ended(events: &mut broadcast::Receiver<Event>) {
    event(events, |event| matches!(event, Event::FaultEnded { .. })).await;
}

fn said(ran: &Ran) -> (Option<i32>, &str) {
    (ran.status, ran.out.as_str())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cable_is_out_from_the_start_at_a_command_and_over_a_boot() {
    let client = Client::new();
    let host =
        start(&client, two_cards("esx01", "7.0"), &["link-down vmnic1", "link-down vmnic0 at command 3"])
            .await;
    let mut events = host.events();
    // Name, PCI device, driver, administrative status, link.
    let link = |ran: &Ran, nic: &str| {
        let mut cards = ran.out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        cards.find(|card| card.first() == Some(&nic)).unwrap()[4] == "Up"
    };
    let list = client.run(&host, "esx01", "esxcli network nic list").await;
    assert_eq!((link(&list, "vmnic0"), link(&list, "vmnic1")), (true, false), "{}", list.out);
    // Taking the card up does not put the cable in.
    let up = client.run(&host, "esx01", "esxcli network nic up -n vmnic1 && reboot -f; sleep 100").await;
    assert_eq!(up.status, Some(255), "{up:?}");
    // The reboot was number 3.
    began(&mut events, "link-down vmnic0").await;
    event(&mut events, |event| *event == Event::Booted { boot: 2 }).await;
    assert!(!host.state().nics["vmnic1"].link_up);
    // The management card is dark: the host is mute until the fault is lifted.
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut stranger = TcpStream::connect(at).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), stranger.read_u8()).await.is_err());
    let faults = host.faults();
    assert_eq!(
        faults.iter().map(|one| (one.fault.as_str(), one.active)).collect::<Vec<_>>(),
        [("link-down vmnic1", true), ("link-down vmnic0", true)]
    );
    assert!(faults.iter().all(|one| host.lift(one.id)));
    assert_eq!(soon(stranger.read_u8()).await.unwrap(), b'S');
    let list = client.run(&host, "esx01", "esxcli network nic list").await;
    assert_eq!((link(&list, "vmnic0"), link(&list, "vmnic1")), (true, true), "{}", list.out);
    assert!(!host.lift(faults[0].id), "it is over");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_and_the_line_take_their_time() {
    let client = Client::new();
    let host = start(&client, config("esx01", "7.0"), &["latency command 400"]).await;
    let began = Instant::now();
    assert_eq!(client.run(&host, "esx01", "hostname").await.out, "esx01\n");
    assert!(began.elapsed() >= Duration::from_millis(400), "{:?}", began.elapsed());
    assert!(host.lift(1));
    host.inject("latency round-trip 60".parse().unwrap()).unwrap();
    // Version, key exchange, authentication, channel, command: at least five times to and fro.
    let began = Instant::now();
    assert_eq!(client.run(&host, "esx01", "hostname").await.out, "esx01\n");
    assert!(began.elapsed() >= Duration::from_millis(300), "{:?}", began.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_cut_after_so_many_bytes_and_at_a_command() {
    let client = Client::new();
    let host = start(&client, config("esx01", "7.0"), &["cut at bytes 100000"]).await;
    let much = "dd if=/dev/zero bs=1000 count=1000 2>/dev/null";
    let cut = client.run(&host, "esx01", much).await;
    assert_eq!(cut.status, Some(255), "{}", cut.err);
    assert!((50_000..100_000).contains(&cut.bytes.len()), "{}", cut.bytes.len());
    // It struck once.
    assert_eq!(client.run(&host, "esx01", much).await.bytes.len(), 1_000_000);
    assert!(host.faults().is_empty());

    // At a command: its answer does not arrive, and yet it is executed, and the script goes on.
    host.inject("cut at words portgroup".parse().unwrap()).unwrap();
    let mut events = host.events();
    let cut = client.run(&host, "esx01", &format!("{ADD} One; {ADD} Two; echo done")).await;
    assert_eq!(said(&cut), (Some(255), ""), "{}", cut.err);
    event(&mut events, |event| matches!(event, Event::Command { number: 2, status: 0, .. })).await;
    assert!(host.state().port_groups.contains_key("Two"));
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_falls_silent_for_a_while() {
    let client = Client::new();
    let host = start(&client, config("esx01", "7.0"), &[]).await;
    let mut events = host.events();
    host.inject("mute at words version for 1s".parse().unwrap()).unwrap();
    let began = Instant::now();
    let (ran, _) = tokio::join!(
        client.run(&host, "esx01", "esxcli system version get"),
        event(&mut events, reach(false))
    );
    assert!(ran.out.contains("VMware ESXi"), "{ran:?}");
    assert!(began.elapsed() >= Duration::from_secs(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_busy_and_commands_fail() {
    let client = Client::new();
    let faults =
        ["busy vmnic1", "fail \"No such \\\"thing\\\"\" status 3 at words \"portgroup add\" times 2"];
    let host = start(&client, two_cards("esx01", "7.0"), &faults).await;
    let uplink = "esxcli network vswitch standard uplink add -v vSwitch0 -u vmnic1";
    assert_eq!(said(&client.run(&host, "esx01", uplink).await), (Some(1), "Unable to Set: Busy\n"));
    let legacy = client.run(&host, "esx01", "esxcfg-vswitch -L vmnic1 vSwitch0").await;
    assert_eq!(said(&legacy), (Some(1), "Unable to Set: Busy\n"));
    assert!(!host.state().vswitches["vSwitch0"].uplinks.iter().any(|nic| nic.as_str() == "vmnic1"));
    let line = format!("{ADD} A; echo $?; {ADD} B; echo $?; {ADD} C; echo $?");
    let ran = client.run(&host, "esx01", &line).await;
    assert_eq!(ran.out, "No such \"thing\"\n3\nNo such \"thing\"\n3\n0\n");
    assert!(host.lift(1));
    assert_eq!(said(&client.run(&host, "esx01", uplink).await), (Some(0), ""));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agent_is_down_at_a_time_and_for_a_time() {
    let client = Client::new();
    let host = start(&client, config("esx01", "7.0"), &[]).await;
    let mut events = host.events();
    host.inject("hostd-down at 1s for 2s".parse().unwrap()).unwrap();
    assert_eq!(client.run(&host, "esx01", "esxcli system version get").await.status, Some(0));
    began(&mut events, "hostd-down").await;
    let down =
        client.run(&host, "esx01", "esxcli system version get; echo $?; localcli system version get").await;
    assert!(down.out.starts_with("Connect to localhost failed: Connection failure"), "{}", down.out);
    assert!(down.out.contains("\n1\n") && down.out.contains("VMware ESXi"), "{}", down.out);
    ended(&mut events).await;
    assert_eq!(client.run(&host, "esx01", "esxcli system version get").await.status, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_is_wrong() {
    let client = Client::new();
    let host = start(&client, config("esx01", "7.0"), &["clock -86400"]).await;
    let day = |seconds: i64| {
        let text = std::process::Command::new("date")
            .args(["-u", "+%m/%d/%Y", "-d"])
            .arg(format!("@{seconds}"))
            .output();
        String::from_utf8(text.unwrap().stdout).unwrap().trim().to_owned()
    };
    let now = || {
        i64::try_from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs())
            .unwrap()
    };
    // Midnight may pass meanwhile.
    let before = day(now() - 86_400);
    let told = client.run(&host, "esx01", "/sbin/auto-backup.sh").await.out;
    assert!([before, day(now() - 86_400)].iter().any(|day| told.contains(&format!("Date: {day}"))), "{told}");
    // A power cycle sets no clock.
    soon(host.power_cycle()).await.unwrap();
    assert_eq!(host.machine().system.clock_error, -86_400);
    assert!(host.lift(1));
    assert_eq!(host.machine().system.clock_error, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn power_is_lost_at_a_command_and_at_a_time() {
    let client = Client::new();
    let host = start(&client, config("esx01", "7.0"), &["power-loss at command 2"]).await;
    let mut events = host.events();
    let gone = client.run(&host, "esx01", &format!("{ADD} A; {ADD} B; sleep 100")).await;
    assert_eq!(gone.status, Some(255));
    event(&mut events, |event| *event == Event::Booted { boot: 2 }).await;
    assert!(!host.state().port_groups.contains_key("A"), "nothing was saved");
    host.inject("power-loss at 1s".parse().unwrap()).unwrap();
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut child = spawn(client.ssh("esx01", at).arg("echo up; sleep 100"));
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("up"));
    assert_eq!(soon(child.wait()).await.unwrap().code(), Some(255));
    event(&mut events, |event| *event == Event::Booted { boot: 3 }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_drops_foreign_addresses() {
    let client = Client::new();
    // vmk0 has its card's address from the installer: it stays reachable.
    let host = start(&client, two_cards("esx01", "7.0"), &["drop-foreign-macs"]).await;
    assert_eq!(client.run(&host, "esx01", "hostname").await.out, "esx01\n");
    // An installation that was moved to other hardware keeps the address of the old card.
    host.change(|machine, _| {
        machine.state.vmkernel.get_mut("vmk0").unwrap().mac = Some("0c:c4:7a:b5:99:99".parse().unwrap());
    });
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut stranger = TcpStream::connect(at).await.unwrap();
    assert!(tokio::time::timeout(Duration::from_millis(200), stranger.read_u8()).await.is_err());
    assert!(host.lift(1));
    assert_eq!(soon(stranger.read_u8()).await.unwrap(), b'S');
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fabric_wants_lacp() {
    let client = Client::new();
    let host = start(&client, two_cards("esx01", "7.0"), &["lacp-only"]).await;
    let mut events = host.events();
    // One member is kept up by the switch; with two on a standard vSwitch the host is lost.
    assert_eq!(client.run(&host, "esx01", "hostname").await.out, "esx01\n");
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut lost = spawn(
        client.ssh("esx01", at).arg("esxcli network vswitch standard uplink add -v vSwitch0 -u vmnic1"),
    );
    event(&mut events, reach(false)).await;
    assert!(host.lift(1));
    assert_eq!(soon(lost.wait()).await.unwrap().code(), Some(0));
    host.change(|_, fabric| assert!(fabric.ports.values().all(|port| port.lag == Lag::None)));
}

#[tokio::test(flavor = "multi_thread")]
async fn lockdown_mode_refuses_the_password_of_root_but_no_key() {
    let client = Client::new();
    let mut config = config("esx01", "7.0");
    config.root_password = Some(SecretString::from("VMware1!"));
    let host = start(&client, config, &["lockdown"]).await;
    assert_eq!(client.run(&host, "esx01", "hostname").await.out, "esx01\n");
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let ask = client.folder().join("askpass");
    std::fs::write(&ask, "#!/bin/sh\necho 'VMware1!'\n").unwrap();
    std::fs::set_permissions(&ask, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let by_password = || {
        let mut ssh = client.ssh("esx01", at);
        ssh.env("SSH_ASKPASS", &ask).env("SSH_ASKPASS_REQUIRE", "force");
        ssh.args(["-o", "BatchMode=no", "-o", "PubkeyAuthentication=no", "hostname"]);
        ssh
    };
    // `BatchMode=yes` comes first and would count.
    let words = |ssh: tokio::process::Command| {
        let mut again = tokio::process::Command::new("ssh");
        let std = ssh.as_std();
        let args: Vec<_> = std.get_args().filter(|word| *word != "BatchMode=yes").collect();
        let mut args = args.into_iter().peekable();
        while let Some(word) = args.next() {
            if word == "-o" && args.peek().is_none_or(|next| *next == "-o") {
                continue;
            }
            again.arg(word);
        }
        again.envs(std.get_envs().filter_map(|(name, value)| Some((name, value?))));
        again
    };
    let refused = ran(&mut words(by_password()), b"").await;
    assert_eq!(refused.status, Some(255));
    assert!(host.lift(1));
    host.inject("lockdown except root".parse().unwrap()).unwrap();
    assert_eq!(said(&ran(&mut words(by_password()), b"").await), (Some(0), "esx01\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_about_what_the_host_lacks_is_refused() {
    let client = Client::new();
    let mut lacking = config("esx01", "7.0");
    lacking.faults = vec!["link-down vmnic7".parse().unwrap()];
    let error = SimHost::start(lacking).await.unwrap_err();
    assert_eq!(error.to_string(), "the fault \"link-down vmnic7\": the host has no card vmnic7, but vmnic0");
    let host = start(&client, config("esx01", "7.0"), &[]).await;
    let error = host.inject("datastore-full nowhere".parse().unwrap()).unwrap_err();
    assert!(error.to_string().contains("has no datastore nowhere, but datastore1"), "{error}");
}
