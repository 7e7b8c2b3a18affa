//! The files of a simulated host: what is there, what follows the machine, what a boot brings back.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use esxi_ssh::sim::{Event, SimHost};
use sim_support::{Client, config, event};
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

/// Boots again, with what was saved.
async fn reboot(host: &SimHost) {
    host.save();
    host.power_cycle().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_usual_places_are_there() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let run = async |line: &str| client.run(&host, "esx01", line).await;
    let places = [
        "/vmfs/volumes/datastore1/",
        "/bootbank/boot.cfg",
        "/altbootbank/boot.cfg",
        "/scratch/log/",
        "/locker/",
        "/store/",
        "/productLocker",
        "/var/log/hostd.log",
        "/var/log/vmkernel.log",
        "/var/log/shell.log",
        "/etc/vmware/esx.conf",
        "/etc/vmware/hostd/config.xml",
        "/etc/vmware/config",
        "/etc/vmware/license.cfg",
        "/etc/ssh/sshd_config",
        "/etc/ssh/keys-root/authorized_keys",
        "/etc/rc.local.d/local.sh",
        "/etc/profile.local",
        "/etc/inetd.conf",
        "/etc/hosts",
        "/etc/resolv.conf",
        "/etc/ntp.conf",
        "/etc/motd",
        "/var/spool/cron/crontabs/root",
        "/var/run/crond.pid",
        "/dev/null",
        "/tmp",
    ];
    for place in places {
        let found = run(&format!("ls -d {place}")).await;
        assert!(found.status == Some(0) || place == "/productLocker", "{place}: {found:?}");
    }
    // A datastore is a folder with the UUID's name and a link with the label's.
    let volume =
        run("readlink /vmfs/volumes/datastore1; echo x >/vmfs/volumes/datastore1/x; ls /vmfs/volumes/*-*/x")
            .await;
    let lines: Vec<&str> = volume.out.lines().collect();
    assert_eq!(lines[1], format!("{}/x", lines[0]), "{volume:?}");
    let disks = run("ls /vmfs/devices/disks /dev/disks/ | grep -c ':8$'").await;
    assert_eq!(
        disks.out, "4\n",
        "the datastore's partition, by both of its names, in both names of the folder"
    );
    let path = run("echo $PATH; grep -c '^kernelopt=' /bootbank/boot.cfg").await;
    assert!(path.out.contains("/usr/lib/vmware/bin") && path.out.ends_with("\n1\n"), "{path:?}");
    assert_eq!(run("cd /etc/vmware && cat ../hosts | grep -c esx01").await.out, "1\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn esx_conf_follows_the_machine_and_cures_clones() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let run = async |line: &str| client.run(&host, "esx01", line).await;
    let grep = async |what: &str| run(&format!("grep '{what}' /etc/vmware/esx.conf")).await.out;
    assert_eq!(grep("vswitch/child.0000./name").await, "/net/vswitch/child[0000]/name = \"vSwitch0\"\n");
    run("esxcli network vswitch standard add -v vSwitch1; echo '/mine/too = \"1\"' >>/etc/vmware/esx.conf")
        .await;
    assert!(grep("vSwitch1").await.contains("child[0001]/name"));
    run("esxcli network vswitch standard remove -v vSwitch1").await;
    assert_eq!((grep("vSwitch1").await.as_str(), grep("/mine/").await.as_str()), ("", "/mine/too = \"1\"\n"));

    let uuid = async || run("esxcli system uuid get").await.out;
    let first = uuid().await;
    assert_eq!(grep("/system/uuid").await, format!("/system/uuid = \"{}\"\n", first.trim()));
    assert!(first.trim().ends_with("-0cc47ab58002"), "{first}");
    // Asked for, a new identity is made at once, and written.
    run("sed -i '/\\/system\\/uuid\\s*=/d' /etc/vmware/esx.conf").await;
    let second = uuid().await;
    assert_ne!(first, second);
    assert_eq!(grep("/system/uuid").await, format!("/system/uuid = \"{}\"\n", second.trim()));
    // Not asked for, at the next boot.
    run("sed -i -E '/^\\/system\\/uuid = /d; /\\/(mac|virtualMac) = /d' /etc/vmware/esx.conf").await;
    reboot(&host).await;
    let third = uuid().await;
    assert!(![first, second].contains(&third) && third.len() == 37, "{third}");
    let mac = host.state().vmkernel["vmk0"].mac.unwrap().to_string();
    assert!(mac.starts_with("00:50:56:"), "an address of its own, not the one of the copied host: {mac}");
    assert_eq!(grep("vmkernelnic.*/mac").await, format!("/net/vmkernelnic/child[0000]/mac = \"{mac}\"\n"));
    assert_eq!(grep("pnic.*/mac").await, "/net/pnic/child[0000]/mac = \"0c:c4:7a:b5:80:02\"\n");
    assert_eq!(grep("/mine/").await, "/mine/too = \"1\"\n");

    // Values, too.
    let edits = "s/\\(HostName = \\).*/\\1\"esx09.example.net\"/; s/\\(vmkernelnic.*mtu = \\).*/\\1\"9000\"/; \
                 s/\\(ipv4address = \\).*/\\1\"192.0.2.44\"/";
    run(&format!("sed -i '{edits}' /etc/vmware/esx.conf")).await;
    reboot(&host).await;
    let machine = host.machine();
    assert_eq!((machine.hostname.as_str(), machine.domain.as_str()), ("esx09", "example.net"));
    assert_eq!(machine.state.vmkernel["vmk0"].mtu.get(), 9000);
    assert_eq!(
        machine.state.vmk_with_address(sim_support::ip("192.0.2.44")).map(|name| name.to_string()),
        Some("vmk0".to_owned())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_boot_bank_is_what_the_host_comes_back_to() {
    for version in ["6.7", "8.0"] {
        let client = Client::new();
        let host = client.start(config("esx01", version)).await;
        let run = async |line: &str| client.run(&host, "esx01", line).await;
        run("echo kept >/etc/motd; echo x >/etc/stray; echo y >/scratch/stays; /sbin/auto-backup.sh").await;
        let inner = if version == "8.0" { "local.tgz.ve" } else { "local.tgz" };
        assert_eq!(run("tar -tzf /bootbank/state.tgz").await.out, format!("{inner}\n"));
        // The way to change a host from a rescue system; the host is not asked.
        let edit = format!(
            "mkdir /tmp/w && cd /tmp/w && tar -xzf /bootbank/state.tgz && tar -xzf {inner} && echo edited >etc/issue \
             && tar -czf {inner} etc && tar -czf /bootbank/state.tgz {inner}"
        );
        let edited = run(&edit).await;
        assert_eq!(edited.status, Some(0), "{edited:?}");
        host.power_cycle().await.unwrap();
        assert_eq!(
            run("cat /etc/motd /etc/issue /scratch/stays; ls /etc/stray /tmp").await.out,
            "kept\nedited\ny\n/tmp:\n"
        );
        // What is no archive does not keep a host from booting.
        run("echo nonsense >/bootbank/state.tgz").await;
        host.power_cycle().await.unwrap();
        assert_eq!(run("cat /etc/motd").await.out, "kept\n");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_clock_can_be_moved_and_set() {
    let client = Client::new();
    let mut config = config("esx01", "7.0");
    config.clock_offset = -86_400 * 365;
    let host = client.start(config).await;
    let run = async |line: &str| client.run(&host, "esx01", line).await.out;
    let seconds = async || run("date +%s").await.trim().parse::<u64>().unwrap();
    let here = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert!(seconds().await < here() - 86_400 * 364);
    let before = seconds().await;
    host.advance(Duration::from_secs(86_400)).await;
    assert!((before + 86_400..before + 86_460).contains(&seconds().await));
    assert_eq!(run("date -u -d @0 +%Y").await, "1970\n");
    // Set by hand, the host's own clock is wrong, and time where it is goes on.
    assert_eq!(run("date -u -s '2001-02-03 04:05:06' +%F").await, "2001-02-03\n");
    assert_eq!(run("date -u +%Y-%m-%d").await, "2001-02-03\n");
    assert_eq!(host.now() / 1000, (before + 86_400) / 1000);
    assert!(run("/sbin/auto-backup.sh").await.contains("Date: 02/03/2001"));
    assert!(run("busybox date -u +%Y").await.starts_with("2001"));
    assert_ne!(client.run(&host, "esx01", "date -s nonsense").await.status, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_run_at_their_minute_while_crond_runs() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let mut events = host.events();
    let run = async |line: &str| client.run(&host, "esx01", line).await;
    let table = "/var/spool/cron/crontabs/root";
    // The hourly backup is there from the start.
    run("echo saved >/etc/motd").await;
    host.advance(60 * MINUTE).await;
    event(&mut events, |event| *event == Event::Saved).await;
    // A new line counts once crond is told.
    run(&format!("echo '*/10 * * * * date +%M >>/vmfs/volumes/datastore1/ran' >>{table}")).await;
    host.advance(30 * MINUTE).await;
    assert_eq!(run("cat /vmfs/volumes/datastore1/ran").await.out, "");
    let read = "grep -c 'crond.*jobs' /var/log/syslog.log";
    let told = run(&format!(
        "n=$({read}); kill -HUP $(cat /var/run/crond.pid); while [ $({read}) = $n ]; do usleep 1000; done"
    ))
    .await;
    assert_eq!(told.status, Some(0), "{told:?}");
    host.advance(30 * MINUTE).await;
    let ran = run("cat /vmfs/volumes/datastore1/ran").await.out;
    assert!(ran.lines().count() == 3 && ran.lines().all(|minute| minute.ends_with('0')), "{ran}");
    // The idiom of the field: end it, start it anew.
    run("kill $(cat /var/run/crond.pid); while kill -0 $(cat /var/run/crond.pid) 2>/dev/null; do usleep 1000; done; rm /vmfs/volumes/datastore1/ran").await;
    host.advance(30 * MINUTE).await;
    assert_ne!(run("cat /vmfs/volumes/datastore1/ran").await.status, Some(0), "nothing runs without crond");
    let started = run("/usr/lib/vmware/busybox/bin/busybox crond; kill -0 $(cat /var/run/crond.pid)").await;
    assert_eq!(started.status, Some(0), "{started:?}");
    host.advance(30 * MINUTE).await;
    assert_eq!(run("wc -l </vmfs/volumes/datastore1/ran").await.out.trim(), "3");
    // The table is shipped anew at every boot, what was written to a datastore stays.
    host.power_cycle().await.unwrap();
    assert_eq!(run(&format!("grep -c datastore1 {table}; cat /etc/motd")).await.out, "0\nsaved\n");
    host.advance(30 * MINUTE).await;
    assert_eq!(run("wc -l </vmfs/volumes/datastore1/ran").await.out.trim(), "3");
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_tell_who_came_and_what_was_typed() {
    for (version, mark) in [("6.7", "Z shell["), ("8.0", "Z In(14) shell[")] {
        let client = Client::new();
        let host = client.start(config("esx01", version)).await;
        let run = async |line: &str| client.run(&host, "esx01", line).await;
        run("esxcli system account add -i mary -p Secret-123 -c Secret-123").await;
        let shell = run("cat /var/log/shell.log").await.out;
        assert!(
            shell.contains(mark) && shell.contains("[root]: esxcli system account add -i mary"),
            "{shell}"
        );
        assert!(!shell.contains("Secret"), "{shell}");
        let auth = run("cat /var/log/auth.log").await.out;
        assert!(auth.contains("Accepted publickey for root from 203.0.113.7 port "), "{auth}");
        // They lie on a disk.
        reboot(&host).await;
        let kept = run("cat /var/log/auth.log; grep -c BootConfig /var/log/vmkernel.log").await.out;
        assert!(kept.starts_with(&auth) && kept.ends_with("\n2\n"), "{kept}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_be_executed_and_what_runs_at_boot() {
    let client = Client::new();
    let mut secure = config("esx02", "7.0");
    secure.secure_boot = true;
    let hosts = [client.start(config("esx01", "8.0")).await, client.start(secure).await];
    for (host, name, ran) in [(&hosts[0], "esx01", true), (&hosts[1], "esx02", false)] {
        let run = async |line: &str| client.run(host, name, line).await;
        run("sed -i 's|^exit 0|echo ran >/vmfs/volumes/datastore1/ran; exit 0|' /etc/rc.local.d/local.sh")
            .await;
        reboot(host).await;
        let mut seen = String::new();
        // The start script runs beside the login; one that never runs has nothing to wait for.
        for _ in 0..if ran { 500 } else { 1 } {
            seen = run("cat /vmfs/volumes/datastore1/ran").await.out;
            if !seen.is_empty() {
                break;
            }
        }
        assert_eq!(seen.is_empty(), !ran, "{name}");
    }
    let run = async |line: &str| client.run(&hosts[0], "esx01", line).await;
    let script = "printf '#!/bin/sh\\necho ran\\n' >/vmfs/volumes/datastore1/s; chmod 755 /vmfs/volumes/datastore1/s; \
                  /vmfs/volumes/datastore1/s; echo $?; sh /vmfs/volumes/datastore1/s";
    assert_eq!(run(script).await.out, "126\nran\n");
    let program =
        run("cp /bin/ls /tmp/ls 2>/dev/null || cat /bin/ls >/tmp/ls; chmod 755 /tmp/ls; /tmp/ls").await;
    assert_eq!(program.status, Some(126), "{program:?}");
    run("sed -i 's/^kernelopt=.*/& execInstalledOnly=FALSE/' /bootbank/boot.cfg").await;
    reboot(&hosts[0]).await;
    assert_eq!(run(script).await.out, "ran\n0\nran\n");
    run("sed -i 's/ execInstalledOnly=FALSE//' /bootbank/boot.cfg").await;
    reboot(&hosts[0]).await;
    assert_eq!(run(script).await.out, "126\nran\n");
    let set = "esxcli system settings advanced set -o /User/execInstalledOnly -i 0";
    assert_eq!(run(set).await.status, Some(0));
    assert_eq!(run("grep -c execInstalledOnly /etc/vmware/esx.conf").await.out, "1\n");
    reboot(&hosts[0]).await;
    assert_eq!(run(script).await.out, "ran\n0\nran\n");
    // Taken out of the file, it is as shipped again.
    run("sed -i /execInstalledOnly/d /etc/vmware/esx.conf").await;
    reboot(&hosts[0]).await;
    assert_eq!(run(script).await.out, "126\nran\n");
}
