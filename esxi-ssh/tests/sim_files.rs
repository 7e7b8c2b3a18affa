//! Files of a simulated host through OpenSSH's own `sftp` and `scp`.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use sim_support::{ADDRESS, Client, Ran, config, ip, ran};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Runs `sftp` with these commands.
async fn sftp(client: &Client, host: &esxi_ssh::sim::SimHost, batch: &str) -> Ran {
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut command = client.tool("sftp", "esx01", at);
    command.args(["-b", "-", &format!("sftp://root@{}:{}/", at.ip(), at.port())]);
    ran(&mut command, batch.as_bytes()).await
}

/// Runs `scp`; `host:` at the start of a word stands for the host.
async fn scp(client: &Client, host: &esxi_ssh::sim::SimHost, words: &[&str]) -> Ran {
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut command = client.tool("scp", "esx01", at);
    command.arg("-P").arg(at.port().to_string());
    for word in words {
        match word.strip_prefix("host:") {
            Some(path) => command.arg(format!("root@{}:{path}", at.ip())),
            None => command.arg(word),
        };
    }
    ran(&mut command, b"").await
}

fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_does_what_sftp_does() {
    let client = Client::new();
    let host = client.start(config("esx01", "8.0.2")).await;
    let here = client.folder();
    std::fs::write(here.join("big"), noise(5 << 20)).unwrap();
    std::fs::write(here.join("small"), "small\n").unwrap();
    std::fs::set_permissions(here.join("small"), std::fs::Permissions::from_mode(0o640)).unwrap();
    let (big, small) = (here.join("big"), here.join("small"));
    let batch = format!(
        "mkdir /vmfs/volumes/store\ncd /vmfs/volumes/store\npwd\nput {} a\nput -p {} b\nrename a c\nln -s c link\nln c hard\n\
         chmod 600 c\nls -l\nget link {}\nget b {}\nrm hard\nmkdir empty\nrmdir empty\ndf\n",
        text(&big),
        text(&small),
        text(&here.join("back")),
        text(&here.join("small-back")),
    );
    let done = sftp(&client, &host, &batch).await;
    assert_eq!(done.status, Some(0), "{done:?}");
    assert!(done.out.contains("Remote working directory: /vmfs/volumes/store"), "{done:?}");
    let lines = || done.out.lines().filter(|line| !line.starts_with("sftp>"));
    let listed = |name: &str| lines().find(|line| line.ends_with(name)).unwrap_or_default();
    assert!(listed(" c").starts_with("-rw-------") && listed(" c").contains(" 5242880 "), "{done:?}");
    assert!(listed(" link").starts_with("lrwxrwxrwx"), "{done:?}");
    assert!(listed(" b").starts_with("-rw-r-----"), "{done:?}");
    assert!(std::fs::read(here.join("back")).unwrap() == noise(5 << 20));
    assert_eq!(std::fs::read(here.join("small-back")).unwrap(), b"small\n");
    // Times went along.
    let stat = client
        .run(&host, "esx01", "stat -c %Y /vmfs/volumes/store/b; readlink /vmfs/volumes/store/link")
        .await;
    assert_eq!(stat.out, format!("{}\nc\n", small.metadata().unwrap().mtime()));

    // Added to, and taken up again where it broke off.
    let half = sftp(
        &client,
        &host,
        "get /vmfs/volumes/store/c /dev/null\nrm /vmfs/volumes/store/b\nls /vmfs/volumes/store\n",
    )
    .await;
    assert!(!half.out.contains(" b"), "{half:?}");
    client
        .run(&host, "esx01", "dd if=/vmfs/volumes/store/c of=/vmfs/volumes/store/part bs=65536 count=20")
        .await;
    let resumed = sftp(&client, &host, &format!("reput {} /vmfs/volumes/store/part\n", text(&big))).await;
    assert_eq!(resumed.status, Some(0), "{resumed:?}");
    let same =
        client.run(&host, "esx01", "cmp /vmfs/volumes/store/c /vmfs/volumes/store/part && echo same").await;
    assert_eq!(same.out, "same\n", "{same:?}");

    for (wrong, answer) in [
        ("get /no/such /dev/null\n", "not found"),
        ("mkdir /vmfs/volumes/store\n", "Failure"),
        ("rmdir /vmfs/volumes\n", "Failure"),
        ("rm /no/such\n", "No such file"),
        ("put -p /dev/null /bin/busybox\n", ""),
        ("cd /proc/1/root/home\n", ""),
    ] {
        let refused = sftp(&client, &host, wrong).await;
        assert_eq!(refused.status, Some(1), "{wrong} {refused:?}");
        assert!(format!("{}{}", refused.out, refused.err).contains(answer), "{refused:?}");
    }
    host.power_cycle().await.unwrap();
    let kept = client.run(&host, "esx01", "wc -c </vmfs/volumes/store/c").await;
    assert_eq!(kept.out.trim(), "5242880", "a datastore survives");
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_sees_nothing_of_the_outside() {
    let client = Client::new();
    let host = client.start(config("esx01", "7.0")).await;
    let secret = client.folder().join("secret");
    std::fs::write(&secret, "outside").unwrap();
    let there = client.folder().join("written");
    let up = "../".repeat(30);
    client
        .run(
            &host,
            "esx01",
            &format!("ln -s {} /tmp/out; ln -s / /tmp/root; ln -s {up} /tmp/up", text(client.folder())),
        )
        .await;
    for path in [
        text(&secret).to_owned(),
        format!("{up}{}", text(&secret)),
        "/tmp/out/secret".to_owned(),
        format!("/tmp/root{}", text(&secret)),
        format!("/tmp/up{}", text(&secret)),
        format!("/proc/self/root{}", text(&secret)),
        format!("/proc/1/root{}", text(&secret)),
        format!("/proc/1/cwd{}", text(&secret)),
    ] {
        let got = sftp(&client, &host, &format!("get {path} {}\n", text(&client.folder().join("got")))).await;
        assert_eq!(got.status, Some(1), "{path}: {got:?}");
    }
    sftp(&client, &host, &format!("put {} /tmp/out/written\n", text(&secret))).await;
    assert!(!there.exists());
    let written = scp(&client, &host, &["-O", text(&secret), "host:/tmp/out/written"]).await;
    assert_ne!(written.status, Some(0));
    assert!(!there.exists());
    assert!(!client.folder().join("got").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn scp_of_both_kinds_there_and_back() {
    for version in ["6.5", "8.0.2"] {
        let client = Client::new();
        let host = client.start(config("esx01", version)).await;
        let here = client.folder();
        let tree = here.join("tree");
        std::fs::create_dir_all(tree.join("deep/er")).unwrap();
        std::fs::write(tree.join("one file"), noise(300_000)).unwrap();
        std::fs::write(tree.join("deep/er/two"), "").unwrap();
        std::fs::write(tree.join("deep/sh"), "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(tree.join("deep/sh"), std::fs::Permissions::from_mode(0o750)).unwrap();
        let old = std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_500_000_000);
        std::fs::File::options().write(true).open(tree.join("deep/sh")).unwrap().set_modified(old).unwrap();
        for kind in ["-O", "-s"] {
            let to = format!("host:/vmfs/volumes/new{kind}");
            let there = scp(&client, &host, &[kind, "-r", "-p", text(&tree), &to]).await;
            assert_eq!((there.status, there.err.as_str()), (Some(0), ""), "{version} {kind}");
            let back = here.join(format!("back{kind}"));
            let again = scp(&client, &host, &[kind, "-r", "-p", &to, text(&back)]).await;
            assert_eq!((again.status, again.err.as_str()), (Some(0), ""), "{version} {kind}");
            assert!(std::fs::read(back.join("one file")).unwrap() == noise(300_000));
            assert_eq!(std::fs::read(back.join("deep/er/two")).unwrap(), b"");
            let script = back.join("deep/sh").metadata().unwrap();
            assert_eq!((script.mode() & 0o777, script.mtime()), (0o750, 1_500_000_000), "{version} {kind}");
            // Into a folder that is there, and over a longer file.
            let one = tree.join("deep/sh");
            let into = scp(&client, &host, &[kind, text(&one), "host:/tmp/"]).await;
            assert_eq!(into.status, Some(0), "{into:?}");
            client.run(&host, "esx01", "cp '/vmfs/volumes/new-O/one file' /tmp/over").await;
            scp(&client, &host, &[kind, text(&one), "host:/tmp/over"]).await;
            let seen = client.run(&host, "esx01", "cat /tmp/sh /tmp/over").await;
            assert_eq!(seen.out, "#!/bin/sh\n#!/bin/sh\n");
            // What cannot be done is said, and the rest is done.
            let missing = scp(&client, &host, &[kind, "host:/no/such", text(&here.join("x"))]).await;
            assert_eq!(missing.status, Some(1), "{missing:?}");
            assert!(missing.err.contains("No such file"), "{missing:?}");
            let folder = scp(&client, &host, &[kind, "host:/vmfs/volumes", text(&here.join("x"))]).await;
            assert!(folder.err.contains("not a regular file"), "{folder:?}");
            let nowhere = scp(&client, &host, &[kind, text(&one), "host:/no/such/folder/x"]).await;
            assert_eq!(nowhere.status, Some(1), "{nowhere:?}");
        }
        let wild =
            scp(&client, &host, &["-O", "host:/vmfs/volumes/new-O/deep/s*", text(&here.join("wild"))]).await;
        assert_eq!(wild.status, Some(0), "{wild:?}");
        assert_eq!(std::fs::read(here.join("wild")).unwrap(), b"#!/bin/sh\n");
    }
}
