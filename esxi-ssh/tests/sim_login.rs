//! Who may log in to a simulated host, by version.
#![cfg(all(feature = "sim", target_os = "linux"))]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod sim_support;

use esxi_ssh::sim::{Event, JailMode, SimConfig, SimError, SimHost, Vantage};
use russh::client::{self, KeyboardInteractiveAuthResponse};
use russh::kex;
use russh::keys::{PrivateKeyWithHashAlg, PublicKey, PublicKeyOrCertificate};
use sim_support::{ADDRESS, Client, config, event, ip, ran, spawn};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, BufReader};

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
