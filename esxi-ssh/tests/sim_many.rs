//! Many simulated hosts in one process.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use esxi_ssh::sim::SimHost;
use sim_support::config;

/// Resident memory of this process in MB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1024
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_hosts_are_small_and_know_nothing_of_each_other() {
    let began = std::time::Instant::now();
    let mut hosts = Vec::new();
    for number in 0..50 {
        hosts.push(SimHost::start(config(&format!("esx{number}"), "8.0")).await.unwrap());
    }
    let started = began.elapsed();
    for (number, host) in hosts.iter().enumerate() {
        let seen = host.shell("hostname; ls /tmp; touch /tmp/mine", b"").await.unwrap();
        assert_eq!(String::from_utf8_lossy(&seen.stdout), format!("esx{number}\n"));
    }
    let megabytes = resident();
    assert!(megabytes < 300, "{megabytes} MB");
    for host in &hosts {
        host.shutdown().await;
    }
    let each = started / 50;
    let told = format!("50 hosts: {megabytes} MB, {each:?} to start each\n");
    std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
}
