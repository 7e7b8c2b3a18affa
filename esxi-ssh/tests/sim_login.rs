//! Who may log in to a simulated host, by version.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use esxi_core::model::Role;
use esxi_ssh::sim::{Event, JailMode, MaxStartups, SimConfig, SimError, SimHost, SshSettings, Vantage};
use esxi_ssh::{ConnectOptions, Credentials, HostKeyPolicy, Session, Target};
use russh::client::{self, KeyboardInteractiveAuthResponse};
use russh::kex;
use russh::keys::{PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate};
use sim_support::{ADDRESS, Client, config, event, ip, ran, soon, spawn};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

/// A client that knows the key it expects.
struct Known(PublicKey);

impl client::Handler for Known {
    type Error = russh::Error;
    async fn check_server_key(&mut self, shown: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        Ok(
            matches!(shown, PublicKeyOrCertificate::PublicKey { key, .. } if key.key_data() == self.0.key_data()),
        )
    }
}

async fn connect(host: &SimHost) -> client::Handle<Known> {
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let known = Known(host.host_key().clone());
    let mut config = client::Config::default();
    // Arithmetic of Diffie-Hellman's sizes takes long without optimisation.
    config.preferred.kex = std::borrow::Cow::Borrowed(&[kex::CURVE25519, kex::ECDH_SHA2_NISTP256]);
    client::connect(Arc::new(config), at, known).await.unwrap()
}

fn with_password(version: &str) -> SimConfig {
    let mut config = config("esx01", version);
    config.jail = JailMode::Off;
    config.root_password = Some("correct horse".to_owned().into());
    config
}

/// With a shell, and the algorithms of the version itself.
fn with_jail(version: &str) -> SimConfig {
    config("esx01", version)
}

fn keygen(at: &std::path::Path, kind: &str, bits: u32) {
    let bits = bits.to_string();
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", kind, "-b", &bits, "-N", "", "-C", "test", "-f"])
        .arg(at)
        .status()
        .unwrap();
    assert!(made.success());
}

async fn interactive(host: &SimHost, user: &str, password: &str) -> bool {
    let mut session = connect(host).await;
    let asked = session.authenticate_keyboard_interactive_start(user, None).await.unwrap();
    let KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } = asked else { return false };
    assert_eq!((prompts.len(), prompts[0].prompt.as_str(), prompts[0].echo), (1, "Password: ", false));
    let answer = session.authenticate_keyboard_interactive_respond(vec![password.to_owned()]).await.unwrap();
    // What PAM ends with: a list that asks nothing.
    let KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } = answer else {
        return matches!(answer, KeyboardInteractiveAuthResponse::Success);
    };
    assert!(prompts.is_empty());
    let end = session.authenticate_keyboard_interactive_respond(Vec::new()).await.unwrap();
    matches!(end, KeyboardInteractiveAuthResponse::Success)
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_by_version() {
    for (version, plain) in [("7.0", true), ("8.0.1", true), ("8.0.2", false)] {
        let host = SimHost::start(with_password(version)).await.unwrap();
        let mut events = host.events();
        assert!(interactive(&host, "root", "correct horse").await);
        let login = event(&mut events, |event| matches!(event, Event::LoggedIn { .. })).await;
        assert_eq!(login, Event::LoggedIn { connection: 1, method: "keyboard-interactive" });
        assert!(!interactive(&host, "root", "wrong").await);
        assert!(!interactive(&host, "somebody", "correct horse").await);
        let mut session = connect(&host).await;
        assert_eq!(session.authenticate_password("root", "correct horse").await.unwrap().success(), plain);
        assert!(!format!("{host:?}").contains("horse"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_by_version_and_by_the_file_on_the_host() {
    for (version, accepted) in [("7.0", true), ("8.0", false)] {
        let client = Client::new();
        let host = client.start(config("esx01", version)).await;
        let key = russh::keys::PrivateKey::random(&mut rand::rng(), russh::keys::Algorithm::Ed25519).unwrap();
        let key = Arc::new(key);
        let try_it = async || {
            let key = PrivateKeyWithHashAlg::new(Arc::clone(&key), None);
            connect(&host).await.authenticate_publickey("root", key).await.unwrap().success()
        };
        assert!(!try_it().await);
        // A key added after the installation.
        let line =
            format!("echo '{}' >>/etc/ssh/keys-root/authorized_keys", key.public_key().to_openssh().unwrap());
        assert_eq!(client.run(&host, "esx01", &line).await.status, Some(0));
        assert_eq!(try_it().await, accepted, "{version}: Ed25519 is refused under FIPS");
        client.run(&host, "esx01", ": >/etc/ssh/keys-root/authorized_keys").await;
        assert!(!try_it().await);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_of_a_connection_are_limited() {
    let mut config = config("esx01", "7.0");
    config.max_sessions = 1;
    let client = Client::new();
    let host = client.start(config).await;
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let socket = client.folder().join("mux");
    let mut first =
        spawn(client.ssh("esx01", at).arg("-M").arg("-S").arg(&socket).arg("echo open; read x; echo $x"));
    let mut lines = BufReader::new(first.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("open"));
    let second = ran(client.ssh("esx01", at).arg("-S").arg(&socket).arg("echo second"), b"").await;
    // OpenSSH falls back to a connection of its own.
    assert!(second.err.contains("Session open refused by peer"), "{second:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_lock_the_account_for_passwords_only() {
    let client = Client::new();
    let mut config = with_password("7.0.3");
    config.jail = JailMode::Auto;
    let host = client.start(config).await;
    for _ in 0..4 {
        assert!(!interactive(&host, "root", "wrong").await);
    }
    // A right one in time starts the count anew; keys change nothing.
    assert!(interactive(&host, "root", "correct horse").await);
    for attempt in 1..=5 {
        assert!(!interactive(&host, "root", "wrong").await);
        assert_eq!(client.run(&host, "esx01", "echo in").await.out, "in\n");
        assert_eq!(host.machine().failures("root"), attempt);
    }
    assert!(!interactive(&host, "root", "correct horse").await, "locked");
    assert!(!connect(&host).await.authenticate_password("root", "correct horse").await.unwrap().success());
    assert_eq!(client.run(&host, "esx01", "echo by key").await.out, "by key\n");
    // `pam_tally2` goes on counting.
    assert_eq!(host.machine().failures("root"), 7);
    host.change(|machine, _| machine.system.clock_error += 700);
    assert!(!interactive(&host, "root", "correct horse").await);
    host.change(|machine, _| machine.system.clock_error += 901);
    assert!(interactive(&host, "root", "correct horse").await, "the lock has run out");
    for _ in 0..5 {
        assert!(!interactive(&host, "root", "wrong").await);
    }
    assert!(!interactive(&host, "root", "correct horse").await);
    let reset = host.run(&["pam_tally2", "--user", "root", "--reset"]).await.unwrap();
    assert!(String::from_utf8_lossy(&reset.stdout).contains("root"), "{reset:?}");
    assert!(interactive(&host, "root", "correct horse").await, "reset through the console");
    // Another password, from now on.
    let change = "esxcli system account set -i root -p baTtery-47-staple -c baTtery-47-staple";
    let changed = client.run(&host, "esx01", change).await;
    assert_eq!(changed.status, Some(0), "{changed:?}");
    assert!(!interactive(&host, "root", "correct horse").await);
    assert!(interactive(&host, "root", "baTtery-47-staple").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_users_need_a_role_and_their_own_keys() {
    let client = Client::new();
    let host = client.start(with_jail("8.0.2")).await;
    host.change(|machine, _| {
        machine.system.accounts.insert("jane".to_owned(), machine.system.accounts["root"].clone());
        machine.system.set_password("jane", "battery staple", 7);
        machine.system.roles.insert("jane".to_owned(), Role::ReadOnly);
    });
    let copy = "mkdir /etc/ssh/keys-jane; cp /etc/ssh/keys-root/authorized_keys /etc/ssh/keys-jane/";
    assert_eq!(client.run(&host, "esx01", copy).await.status, Some(0));
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let as_jane = async || {
        let mut ssh = client.tool("ssh", "esx01", at);
        ssh.args(["-p", &at.port().to_string(), &format!("jane@{}", at.ip()), "echo $USER"]);
        ran(&mut ssh, b"").await
    };
    let refused = as_jane().await;
    assert_eq!((refused.status, refused.out.as_str()), (Some(255), ""));
    host.change(|machine, _| machine.system.roles.insert("jane".to_owned(), Role::Admin));
    assert_eq!(as_jane().await.out, "jane\n");
    assert!(interactive(&host, "jane", "battery staple").await);
    client.run(&host, "esx01", "rm -r /etc/ssh/keys-jane").await;
    assert_eq!(as_jane().await.status, Some(255));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_service_takes_no_new_connections_and_keeps_the_old() {
    let client = Client::new();
    let host = client.start(with_jail("7.0")).await;
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut held = spawn(client.ssh("esx01", at).arg("echo open; read x; echo $x"));
    let mut lines = BufReader::new(held.stdout.take().unwrap()).lines();
    assert_eq!(lines.next_line().await.unwrap().as_deref(), Some("open"));
    host.run(&["vim-cmd", "hostsvc/stop_ssh"]).await.unwrap();
    let mut ssh = client.tool("ssh", "esx01", at);
    ssh.args(["-p", &at.port().to_string(), &format!("root@{}", at.ip()), "echo in"]);
    let refused = ran(&mut ssh, b"").await;
    assert_eq!(refused.status, Some(255));
    assert!(refused.err.contains("reset") || refused.err.contains("closed"), "{refused:?}");
    held.stdin.take().unwrap().write_all(b"still here\n").await.unwrap();
    assert_eq!(soon(lines.next_line()).await.unwrap().as_deref(), Some("still here"));
    let started = host.run(&["/etc/init.d/SSH", "start"]).await.unwrap();
    assert_eq!(started.status, 0, "{started:?}");
    assert_eq!(client.run(&host, "esx01", "echo in").await.out, "in\n");
    // The script that stops it is the last thing that a session of its own can do.
    assert_eq!(client.run(&host, "esx01", "/etc/init.d/SSH stop").await.status, Some(0));
    assert_eq!(client.run(&host, "esx01", "echo in").await.status, Some(255));
    // Off at a boot, it is off after it.
    let mut config = with_jail("7.0");
    config.ssh.enable = false;
    let off = client.start(config).await;
    assert_eq!(client.run(&off, "esx01", "echo in").await.status, Some(255));
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_changed_by_esxcli_hold_for_new_connections() {
    let host = SimHost::start(with_password("8.0.2")).await.unwrap();
    let mut old = connect(&host).await;
    let set = async |key: &str, value: &str| {
        let words = ["esxcli", "system", "ssh", "server", "config", "set", "-k", key, "-v", value];
        assert_eq!(host.run(&words).await.unwrap().status, 0, "{key}");
    };
    set("passwordauthentication", "yes").await;
    set("maxsessions", "1").await;
    set("maxauthtries", "2").await;
    assert!(!old.authenticate_password("root", "correct horse").await.unwrap().success());
    let mut new = connect(&host).await;
    assert!(!new.authenticate_password("root", "wrong").await.unwrap().success());
    assert!(new.authenticate_password("root", "correct horse").await.unwrap().success());
    let one = new.channel_open_session().await;
    assert!(one.is_ok() && new.channel_open_session().await.is_err());
    let mut third = connect(&host).await;
    for _ in 0..2 {
        let _ = third.authenticate_password("root", "wrong").await;
    }
    while !third.is_closed() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_without_a_prompt_come_where_they_come() {
    for (before, after, lists) in [(false, Some(false), 1), (true, Some(false), 2), (true, None, 3)] {
        let mut config = with_password("8.0.2");
        config.ssh.empty_prompts_before = before;
        config.ssh.empty_prompts_after = after;
        let host = SimHost::start(config).await.unwrap();
        for (password, right) in [("correct horse", true), ("wrong", false)] {
            let mut session = connect(&host).await;
            let mut answer = session.authenticate_keyboard_interactive_start("root", None).await.unwrap();
            let mut seen = 0;
            while let KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. } = &answer {
                seen += 1;
                let answers = prompts.iter().map(|_| password.to_owned()).collect();
                answer = session.authenticate_keyboard_interactive_respond(answers).await.unwrap();
            }
            assert_eq!(matches!(answer, KeyboardInteractiveAuthResponse::Success), right);
            assert_eq!(seen, if right || after.is_some() { lists } else { lists - 1 });
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_has_so_many_tries_and_so_much_time() {
    let mut config = with_password("7.0");
    config.ssh.max_auth_tries = 3;
    let host = SimHost::start(config).await.unwrap();
    let mut session = connect(&host).await;
    for _ in 0..2 {
        assert!(!session.authenticate_password("root", "wrong").await.unwrap().success());
    }
    assert!(!session.is_closed());
    let _ = session.authenticate_password("root", "wrong").await;
    // Told off and hung up on: the right one comes too late.
    let late = session.authenticate_password("root", "correct horse").await;
    assert!(!late.is_ok_and(|late| late.success()));
    while !session.is_closed() {
        tokio::task::yield_now().await;
    }

    let mut config = with_password("7.0");
    config.ssh.login_grace_time = std::time::Duration::from_millis(300);
    config.ssh.max_startups = MaxStartups { start: 2, rate: 100, full: 2 };
    let host = SimHost::start(config).await.unwrap();
    let mut events = host.events();
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut waiting = [TcpStream::connect(at).await.unwrap(), TcpStream::connect(at).await.unwrap()];
    for stream in &mut waiting {
        let mut hello = [0; 8];
        stream.read_exact(&mut hello).await.unwrap();
        assert_eq!(&hello, b"SSH-2.0-");
    }
    let mut third = TcpStream::connect(at).await.unwrap();
    assert_eq!(third.read(&mut [0; 8]).await.unwrap_or(0), 0, "one too many");
    for stream in &mut waiting {
        let mut rest = Vec::new();
        soon(stream.read_to_end(&mut rest)).await.unwrap();
    }
    for _ in 0..3 {
        event(&mut events, |event| matches!(event, Event::ConnectionClosed { .. })).await;
    }
    // Whoever is in stays, and waits no more.
    let mut session = connect(&host).await;
    assert!(session.authenticate_password("root", "correct horse").await.unwrap().success());
    tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    assert!(session.channel_open_session().await.is_ok());
    assert!(TcpStream::connect(at).await.unwrap().read_exact(&mut [0; 8]).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_authorized_keys_may_limit_its_key() {
    let client = Client::new();
    let mut config = with_jail("7.0");
    let key = client.public_key();
    config.authorized_keys.push(format!(
        "command=\"echo \\\"forced <$SSH_ORIGINAL_COMMAND>\\\"; test -t 0 || echo no terminal\",no-pty {key}"
    ));
    let host = SimHost::start(config).await.unwrap();
    host.write_ready_file(client.ready_file("esx01")).unwrap();
    let forced = client.run(&host, "esx01", "esxcli network nic list").await;
    assert_eq!(forced.out, "forced <esxcli network nic list>\nno terminal\n");
    let shell = client.run_with(&host, "esx01", &["-T"], b"").await;
    assert_eq!(shell.out, "forced <>\nno terminal\n", "{shell:?}");
    let terminal = client.run_with(&host, "esx01", &["-tt"], b"").await;
    assert!(terminal.err.contains("PTY allocation request failed"), "{terminal:?}");
    let server = client.run_with(&host, "esx01", &["-s", "sftp"], b"").await;
    assert!(server.out.starts_with("forced </usr/lib/vmware/openssh/bin/sftp-server>\n"), "{server:?}");

    let mut config = with_jail("7.0");
    config.authorized_keys.push(format!("from=\"10.0.0.0/8\" {key}"));
    let host = SimHost::start(config).await.unwrap();
    host.write_ready_file(client.ready_file("esx01")).unwrap();
    assert_eq!(client.run(&host, "esx01", "echo in").await.status, Some(255));
}

#[tokio::test(flavor = "multi_thread")]
async fn rsa_by_version() {
    let client = Client::new();
    let key = client.folder().join("rsa");
    keygen(&key, "rsa", 2048);
    let short = client.folder().join("short");
    keygen(&short, "rsa", 1024);
    let public = |key: &std::path::Path| std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let mut outcomes = Vec::new();
    for version in ["5.5", "6.0", "6.7", "8.0.2"] {
        let mut config = with_jail(version);
        config.ssh = SshSettings::default();
        config.ssh.rsa_host_key = true;
        config.authorized_keys.extend([public(&key), public(&short)]);
        let host = client.start(config).await;
        let kinds: Vec<String> = host.host_keys().map(|key| key.algorithm().to_string()).collect();
        assert_eq!(kinds.len(), if version == "5.5" { 1 } else { 2 }, "{kinds:?}");
        let at = host.connect_address("client", ip(ADDRESS)).unwrap();
        for (key, signature) in [(&key, "rsa-sha2-512"), (&key, "ssh-rsa"), (&short, "rsa-sha2-256")] {
            let mut ssh = client.tool("ssh", "esx01", at);
            // Of several options with one name the first counts; the client's own key stands behind this one.
            ssh.args([
                "-o",
                "HostKeyAlgorithms=+ssh-rsa",
                "-o",
                &format!("PubkeyAcceptedAlgorithms={signature}"),
            ]);
            ssh.arg("-o").arg("RequiredRSASize=1024").arg("-i").arg(key);
            ssh.args(["-p", &at.port().to_string(), &format!("root@{}", at.ip()), "echo in"]);
            outcomes.push(ran(&mut ssh, b"").await.out == "in\n");
        }
        // Our own client.
        let mut options = ConnectOptions::new(Credentials::none().key(&key));
        options.host_keys = HostKeyPolicy::Pinned(host.host_key_line().parse().unwrap());
        options.legacy = version < "6.5";
        let target = Target::new("root", "127.0.0.1", at.port()).unwrap();
        let session = Session::connect(&target, &options).await;
        assert!(session.is_ok(), "{version}: {:?}", session.err());
        // Without the options of the past.
        let mut ssh = client.tool("ssh", "esx01", at);
        ssh.args(["-p", &at.port().to_string(), &format!("root@{}", at.ip()), "echo in"]);
        let today = ran(&mut ssh, b"").await;
        assert_eq!(today.status == Some(0), version != "5.5", "{today:?}");
        if version == "5.5" {
            assert!(today.err.contains("no matching host key type found. Their offer: ssh-rsa"), "{today:?}");
        }
    }
    let expected = [[false, true, false], [false, true, false], [true, true, true], [true, false, false]];
    assert_eq!(outcomes, expected.concat());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lists_of_8_0_2_are_offered_as_they_stand_in_its_file() {
    let client = Client::new();
    let mut config = with_jail("8.0.2");
    config.jail = JailMode::Off;
    config.ssh.rsa_host_key = true;
    let host = client.start(config).await;
    let at = host.connect_address("client", ip(ADDRESS)).unwrap();
    let mut loud = tokio::process::Command::new("ssh");
    loud.args(["-vv", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o"]);
    loud.args([
        "UserKnownHostsFile=/dev/null",
        "-p",
        &at.port().to_string(),
        &format!("root@{}", at.ip()),
        "x",
    ]);
    let said = ran(&mut loud, b"").await.err;
    let proposal = said.split("peer server KEXINIT proposal").nth(1).unwrap();
    let list = |name: &str| {
        let line =
            proposal.lines().find_map(|line| line.trim_end().strip_prefix(&format!("debug2: {name}: ")));
        line.unwrap_or_default().to_owned()
    };
    assert!(said.contains("remote software version OpenSSH_"), "{said}");
    let kex = list("KEX algorithms");
    let (exchanges, extensions): (Vec<&str>, Vec<&str>) =
        kex.split(',').partition(|name| !name.starts_with("kex-strict") && !name.starts_with("ext-info"));
    assert_eq!(
        exchanges.join(","),
        "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,\
         diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512"
    );
    assert!(extensions.len() <= 2, "{kex}");
    let ciphers = "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr";
    assert_eq!((list("ciphers ctos"), list("ciphers stoc")), (ciphers.to_owned(), ciphers.to_owned()));
    assert_eq!(list("MACs ctos"), "hmac-sha2-256,hmac-sha2-512");
    assert_eq!(list("host key algorithms"), "ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256");
    let methods = said.lines().find(|line| line.contains("Authentications that can continue")).unwrap();
    assert!(
        methods.ends_with(": publickey,keyboard-interactive\r")
            || methods.ends_with(": publickey,keyboard-interactive"),
        "{methods}"
    );
}

#[tokio::test]
async fn contradictions_are_named() {
    let refused = async |change: fn(&mut SimConfig)| {
        let mut config = with_password("7.0");
        change(&mut config);
        SimHost::start(config).await.unwrap_err().diagnostic().to_string()
    };
    let twice =
        refused(|config| config.vantages.push(Vantage { name: "client".into(), address: ip("192.0.2.1") }))
            .await;
    assert_eq!(twice, "error[SIM004]: two vantages are called \"client\"");
    let key = refused(|config| config.authorized_keys.push("nonsense".into())).await;
    assert_eq!(key, "error[SIM004]: authorized key 1 is not an OpenSSH public key");
    let name = refused(|config| config.name = "a b".into()).await;
    assert!(name.starts_with("error[SIM004]: \"a b\" is not a host name"), "{name}");
    let applet = refused(|config| {
        config.jail = JailMode::Auto;
        config.applet = Some("/bin/true".into());
    })
    .await;
    assert!(applet.starts_with("error[SIM002]: /bin/true cannot be the applet executable"), "{applet}");
    let jail = SimError::Jail { why: "because".into(), cure: "do this".into() };
    assert_eq!(
        jail.diagnostic().to_string(),
        "error[SIM001]: the jail for the simulated host's shell cannot be made: because (do this)"
    );
}
