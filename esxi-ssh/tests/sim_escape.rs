//! What a hostile script on a simulated host can reach: nothing. And where a host can be had at all.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use esxi_ssh::sim::{JailMode, SimHost};
use sim_support::config;
use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Every path below a folder with what would show a change.
fn picture(folder: &Path) -> BTreeMap<std::path::PathBuf, (u64, i64, u32)> {
    let mut seen = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let facts = path.symlink_metadata().unwrap();
            if facts.is_dir() {
                open.push(path.clone());
            }
            seen.insert(path, (facts.len(), facts.ctime(), facts.mode()));
        }
    }
    seen
}

async fn said(host: &SimHost, line: &str) -> String {
    let output = host.shell(line, b"").await.unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_script_changes_nothing_outside() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "a secret of outside").unwrap();
    std::fs::write(outside.path().join("authorized_keys"), "").unwrap();
    // As open as can be: what keeps the script away is the jail.
    for (path, mode) in [("", 0o777), ("secret", 0o666), ("authorized_keys", 0o666)] {
        use std::os::unix::fs::PermissionsExt;
        let path = outside.path().join(path);
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    let before = picture(outside.path());
    let out = outside.path().display();
    let mut victim =
        Command::new("sleep").arg("600").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let host = SimHost::start(config("esx01", "7.0")).await.unwrap();
    let attack = format!(
        r#"
        cat {out}/secret ../../../../../{out}/secret /proc/1/root/{out}/secret /proc/*/root/{out}/secret
        cat /proc/1/cwd/{out}/secret /.old/{out}/secret /proc/{victim}/environ
        echo x >{out}/new; echo x >/proc/1/root/{out}/new; mkdir -p {out}/made
        kill -9 {victim}; kill -9 -{victim}; kill -9 -1
        mkdir -p /tmp/m; for kind in proc sysfs tmpfs devtmpfs cgroup2; do mount -t $kind x /tmp/m; done
        busybox mount -o remount,rw /lib/esxi-sim; busybox mount --bind / /tmp/m; busybox umount -l /proc
        echo x >/lib/esxi-sim/applet; rm -rf /lib/esxi-sim/busybox
        for n in '8 0' '1 1' '254 0' '253 0' '259 0'; do busybox mknod /tmp/disk-${{n% *}} b $n && cat /tmp/disk-${{n% *}} | head -c 512; done
        busybox chroot /proc/1/root sh -c 'cat {out}/secret'; busybox nsenter -t 1 -m cat {out}/secret
        busybox unshare -Ur cat {out}/secret; busybox pivot_root / /tmp
        echo 1 >/proc/sys/kernel/sysrq; echo c >/proc/sysrq-trigger; echo x >/proc/sys/kernel/core_pattern
        echo 0 >/proc/sys/kernel/hostname; busybox hostname pwned; busybox swapoff -a; busybox losetup -a; busybox insmod /tmp/x
        "#,
        victim = victim.id(),
    );
    let told = said(&host, &attack).await;
    assert!(!told.contains("a secret of outside"), "{told}");
    // The simulator itself must not be led out by a link: where it reads and writes is where a script can lay one.
    let lay = format!(
        "for f in /etc/hosts /etc/resolv.conf /etc/vmware/esx.conf /etc/motd /scratch/log/shell.log \
         /scratch/log/syslog.log /bootbank/state.tgz /bootbank/boot.cfg /var/spool/cron/crontabs/root; do \
         rm -f $f; ln -s {out}/secret $f; done; rm -rf /etc/ssh/keys-root; ln -s {out} /etc/ssh/keys-root; \
         rm -rf /vmfs/devices; ln -s {out} /vmfs/devices; ln -s {out}/new /tmp/new"
    );
    said(&host, &lay).await;
    host.run(&["esxcli", "network", "vswitch", "standard", "add", "-v", "vSwitch7"]).await.unwrap();
    host.run(&["esxcli", "system", "hostname", "set", "--host", "other"]).await.unwrap();
    said(&host, "kill -HUP $(cat /var/run/crond.pid)").await;
    host.save();
    assert!(!String::from_utf8_lossy(&said(&host, "cat /etc/motd").await.into_bytes()).contains("outside"));
    host.power_cycle().await.unwrap();
    assert_eq!(picture(outside.path()), before);
    assert_eq!(std::fs::read_to_string(outside.path().join("secret")).unwrap(), "a secret of outside");
    let motd = said(&host, "cat /etc/motd").await;
    assert!(!motd.contains("secret"), "what is outside is not saved either: {motd}");
    // Volumes that a script moved away come back empty, and nothing of outside comes in their place.
    said(&host, &format!("mv /vmfs /tmp/vmfs; mkdir /vmfs; ln -s {out} /vmfs/volumes")).await;
    host.power_cycle().await.unwrap();
    assert_eq!(picture(outside.path()), before);
    assert!(!said(&host, "ls /vmfs/volumes/").await.contains("secret"));
    assert!(victim.try_wait().unwrap().is_none(), "a process outside was killed");
    victim.kill().unwrap();
    victim.wait().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_ends_at_the_limits_and_with_the_power() {
    let mut config = config("esx01", "7.0");
    config.limits.processes = 60;
    config.limits.file_size = 1 << 20;
    let host = SimHost::start(config).await.unwrap();
    // Not even a shell can start another program while it lasts; it ends with the host.
    let bomb = "i=0; while [ $i -lt 500 ]; do sleep 1000 >/dev/null 2>&1 </dev/null & i=$((i+1)); done 2>&1; echo end";
    let bombed = said(&host, bomb).await;
    assert!(!bombed.contains("\nend\n") || bombed.contains("fork"), "{bombed}");
    assert!(bombed.contains("fork"), "the limit was met: {bombed}");
    host.power_cycle().await.unwrap();
    let filled =
        said(&host, "dd if=/dev/zero of=/tmp/big bs=65536 count=100; ls -l /tmp/big | awk '{print $5}'")
            .await;
    assert!(filled.ends_with("\n1048576\n") || filled.starts_with("1048576\n"), "{filled}");
    assert_eq!(said(&host, "echo alive").await, "alive\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_in_python_work_where_this_machine_has_it() {
    let host = SimHost::start(config("esx01", "8.0")).await.unwrap();
    if said(&host, "ls /bin/python3").await != "/bin/python3\n" {
        return;
    }
    let script = r#"
import csv, io, json, os, socket, ssl, subprocess, sys, tempfile
out = subprocess.check_output(["esxcli", "--formatter=csv", "network", "nic", "list"], text=True)
print(next(csv.DictReader(io.StringIO(out)))["Name"], sys.version_info[0], os.getcwd())
print(subprocess.call("exit 3", shell=True), json.dumps({"ssl": bool(ssl.OPENSSL_VERSION)}))
"#;
    let output = host
        .shell("cat >/tmp/s.py; cd /tmp; python3 s.py && python /tmp/s.py >/dev/null", script.as_bytes())
        .await
        .unwrap();
    assert_eq!(
        (String::from_utf8_lossy(&output.stdout).as_ref(), output.status),
        ("vmnic0 3 /tmp\n3 {\"ssl\": true}\n", 0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_ne!(
        host.shell("echo x >$(python3 -c 'import os; print(os.__file__)')", b"").await.unwrap().status,
        0
    );
    // Releases before 6.5 had another one.
    let old = SimHost::start(config("esx02", "6.0")).await.unwrap();
    assert!(said(&old, "python -V").await.contains("not found"));
}

/// Set for a run of this program in which a host is to be had, or not: `works` or what the refusal must say.
const CASE: &str = "SIM_ESCAPE_CASE";

/// Starts a host and says what came of it.
#[tokio::test(flavor = "multi_thread")]
async fn in_such_a_place() {
    let Ok(expected) = std::env::var(CASE) else { return };
    let mut config = config("esx01", "7.0");
    config.jail = JailMode::Auto;
    match SimHost::start(config).await {
        Ok(host) => {
            assert_eq!(expected, "works");
            let told = said(
                &host,
                "touch /x; esxcli network nic list | grep -c vmnic0; echo x >/tmp/a && cat /tmp/a",
            )
            .await;
            assert_eq!(told, "1\nx\n");
            said(&host, "echo kept >/etc/motd; /sbin/auto-backup.sh").await;
            host.power_cycle().await.unwrap();
            assert_eq!(said(&host, "cat /etc/motd").await, "kept\n");
            host.shutdown().await;
        }
        Err(error) => {
            let told = error.diagnostic().to_string();
            assert!(expected != "works" && told.contains(&expected), "{told}");
        }
    }
}

/// Root in a container: a user namespace with a range of users. `None` where this process may not make one.
fn container(setup: &str, expected: &str) -> Option<()> {
    let me = std::env::current_exe().unwrap();
    let mut run = Command::new("unshare");
    let inner = format!("{setup} \"$0\" --exact in_such_a_place --nocapture");
    let outer = "read -r go; exec unshare --mount --pid --fork --mount-proc sh -c \"$1\" \"$0\"";
    run.args(["--user", "sh", "-c", outer]).arg(&me).arg(inner).env(CASE, expected).env("TMPDIR", "/tmp");
    run.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.spawn().ok()?;
    let mut stdin = child.stdin.take().unwrap();
    // The namespace is there once the program in it is another one.
    let own = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/user")).ok();
    while own(&child.id().to_string()) == own("self") {
        std::thread::yield_now();
    }
    for map in ["uid_map", "gid_map"] {
        if std::fs::write(format!("/proc/{}/{map}", child.id()), "0 0 65536\n").is_err() {
            child.kill().unwrap();
            child.wait().unwrap();
            return None;
        }
    }
    stdin.write_all(b"go\n").unwrap();
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let told =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("1 passed"), "{setup}: {told}");
    Some(())
}

#[test]
fn containers_have_it_or_are_told_the_cure() {
    let no_namespaces = "echo 0 >/proc/sys/user/max_user_namespaces;";
    // To map a range of users takes root.
    if container("", "works").is_none() {
        return;
    }
    container(no_namespaces, "works").unwrap();
    // A container that hides parts of /proc gives no new one away.
    container("mount -t tmpfs none /proc/scsi;", "works").unwrap();
    container(
        &format!("{no_namespaces} exec setpriv --bounding-set=-sys_admin"),
        "sudo sysctl -w user.max_user_namespaces=15000`, or run as root",
    )
    .unwrap();
}
