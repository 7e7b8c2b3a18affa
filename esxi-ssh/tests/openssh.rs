//! The client against OpenSSH's own server and agent.
#![cfg(unix)]

mod common;

use std::path::Path;

use common::{SshAgent, Sshd, keygen, options, output, sshd_is_there};
use esxi_core::diag::codes;
use esxi_ssh::{
    AddressMap, Agent, AuthError, AuthMethod, ConnectError, ConnectOptions, Credentials, HostKeyError,
    HostKeyPolicy, SecretString, Session, Target, Transport, TransportError, blocking,
};

/// The lists that an ESXi 8.0.2 host allows.
const FIPS: &str = "KexAlgorithms ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,\
diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,\
diffie-hellman-group18-sha512\n\
Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr\n\
MACs hmac-sha2-256,hmac-sha2-512\n\
HostKeyAlgorithms rsa-sha2-256,rsa-sha2-512,ecdsa-sha2-nistp256\n\
PubkeyAcceptedAlgorithms rsa-sha2-256,rsa-sha2-512,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384\n";

async fn connect(sshd: &Sshd, options: &ConnectOptions) -> Result<Session, ConnectError> {
    Session::connect(&sshd.target(), options).await
}

#[tokio::test]
async fn each_kind_of_key_logs_in() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    for kind in ["rsa", "ecdsa", "ed25519"] {
        let mut session =
            connect(&sshd, &sshd.with_key(kind)).await.unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(session.authenticated_by(), AuthMethod::KeyFile);
        assert_eq!(session.host_key().to_string(), sshd.host_key("ecdsa"));
        let out = session.exec("cat; echo err >&2; exit 3", b"in\0put").await.unwrap();
        assert_eq!(
            (out.stdout.as_slice(), out.stderr.as_slice(), out.status),
            (&b"in\0put"[..], &b"err\n"[..], Some(3))
        );
        session.close().await;
    }
}

#[tokio::test]
async fn a_fips_host_takes_rsa_and_ecdsa_and_the_error_for_ed25519_says_why() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start(FIPS);
    for kind in ["rsa", "ecdsa"] {
        connect(&sshd, &sshd.with_key(kind)).await.unwrap_or_else(|e| panic!("{kind}: {e}\n{}", sshd.log()));
    }
    let error = connect(&sshd, &sshd.with_key("ed25519")).await.unwrap_err();
    assert!(matches!(error, ConnectError::Auth(AuthError::Refused { ed25519: true, .. })), "{error:?}");
    assert!(error.to_string().contains("user_ed25519"), "{error}");
    assert!(error.help().contains("FIPS"));
    assert_eq!(error.code(), codes::SSH_AUTH_REFUSED);
}

#[tokio::test]
async fn every_cipher_and_key_exchange_of_a_fips_host_alone() {
    if !sshd_is_there() {
        return;
    }
    for line in FIPS.lines() {
        let (keyword, names) = line.split_once(' ').unwrap();
        for name in names.split(',').filter(|_| ["KexAlgorithms", "Ciphers", "MACs"].contains(&keyword)) {
            // Arithmetic of these sizes takes ten seconds without optimisation.
            if cfg!(debug_assertions) && (name.contains("group16") || name.contains("group18")) {
                continue;
            }
            let ctr = if keyword == "MACs" { "Ciphers aes128-ctr\n" } else { "" };
            let sshd = Sshd::start(&format!("{ctr}{keyword} {name}\n"));
            let mut session = connect(&sshd, &sshd.with_key("ecdsa"))
                .await
                .unwrap_or_else(|e| panic!("{line}: {name}: {e}"));
            assert_eq!(session.exec("printf ok", b"").await.unwrap().stdout, b"ok", "{name}");
        }
    }
}

#[tokio::test]
async fn sha1_only_where_it_is_allowed() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start(
        "KexAlgorithms diffie-hellman-group14-sha1\nMACs hmac-sha1\nCiphers aes128-ctr\n\
         HostKeyAlgorithms ssh-rsa\n",
    );
    let mut options = sshd.with_key("ecdsa");
    let error = connect(&sshd, &options).await.unwrap_err();
    assert!(
        matches!(error, ConnectError::NoCommonAlgorithm { kind: "key exchange", legacy: false, .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("diffie-hellman-group14-sha1"));
    assert!(error.help().contains("legacy"));
    options.legacy = true;
    let mut session = connect(&sshd, &options).await.unwrap();
    assert_eq!(session.exec("printf ok", b"").await.unwrap().stdout, b"ok");
}

#[tokio::test]
async fn an_encrypted_key_file() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let key = sshd.path("locked");
    keygen(&key, "ecdsa", "open sesame");
    std::fs::copy(sshd.path("locked.pub"), sshd.path("authorized_keys")).unwrap();
    let with = |passphrase: Option<&'static str>| {
        let credentials = Credentials::none().key(&key);
        sshd.options(match passphrase {
            None => credentials,
            Some(text) => credentials.passphrases(move |_: &Path| Some(SecretString::from(text))),
        })
    };
    connect(&sshd, &with(Some("open sesame"))).await.unwrap();
    let error = connect(&sshd, &with(Some("close sesame"))).await.unwrap_err();
    assert!(matches!(error, ConnectError::Auth(AuthError::KeyFile { .. })), "{error:?}");
    assert!(!format!("{error} {error:?}").contains("sesame"));
    let error = connect(&sshd, &with(None)).await.unwrap_err();
    assert!(error.to_string().contains("encrypted, no passphrase"), "{error}");
}

#[tokio::test]
async fn key_files_in_the_forms_of_openssl() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let key = sshd.path("user_rsa");
    let file = key.to_str().unwrap();
    // PKCS#1, then PKCS#8 under a passphrase.
    output("ssh-keygen", &["-q", "-p", "-m", "PEM", "-N", "", "-P", "", "-f", file]);
    assert!(std::fs::read_to_string(&key).unwrap().contains("BEGIN RSA PRIVATE KEY"));
    connect(&sshd, &sshd.with_key("rsa")).await.unwrap();
    output("ssh-keygen", &["-q", "-p", "-m", "PKCS8", "-N", "sesame", "-P", "", "-f", file]);
    assert!(std::fs::read_to_string(&key).unwrap().contains("BEGIN ENCRYPTED PRIVATE KEY"));
    let credentials = Credentials::none().key(&key).passphrases(|_: &Path| Some("sesame".into()));
    connect(&sshd, &sshd.options(credentials)).await.unwrap();
}

#[tokio::test]
async fn key_files_that_cannot_be_used() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    std::fs::write(sshd.path("damaged"), "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n").unwrap();
    for (name, reason) in [
        ("none", "cannot be read"),
        ("user_rsa.pub", "is a public key"),
        ("sshd_config", "is not a private key"),
        ("damaged", "is damaged"),
    ] {
        let error =
            connect(&sshd, &sshd.options(Credentials::none().key(sshd.path(name)))).await.unwrap_err();
        assert_eq!(error.code(), codes::SSH_KEY_FILE);
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn keys_of_an_agent() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    for kind in ["rsa", "ecdsa", "ed25519"] {
        let dir = tempfile::tempdir().unwrap();
        let agent = SshAgent::start(dir.path());
        agent.add(&sshd.path(&format!("user_{kind}")));
        let credentials = Credentials::none().agent(Agent::Socket(agent.socket.clone()));
        let session =
            connect(&sshd, &sshd.options(credentials)).await.unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(session.authenticated_by(), AuthMethod::AgentKey);
    }
    let nobody = Credentials::none().agent(Agent::Socket(sshd.path("nobody")));
    let error = connect(&sshd, &sshd.options(nobody)).await.unwrap_err();
    assert!(error.to_string().contains("agent (none at"), "{error}");
}

#[tokio::test]
async fn an_agent_full_of_other_keys_does_not_use_up_the_attempts() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("MaxAuthTries 6\n");
    let dir = tempfile::tempdir().unwrap();
    let agent = SshAgent::start(dir.path());
    for n in 0..8 {
        let key = dir.path().join(format!("other{n}"));
        keygen(&key, "ecdsa", "");
        agent.add(&key);
    }
    let crowded = Credentials::none().agent(Agent::Socket(agent.socket.clone()));
    // The named file gets its turn although the agent has more keys than the host takes.
    let named = crowded.clone().key(sshd.path("user_ecdsa"));
    let session = connect(&sshd, &sshd.options(named.clone())).await.unwrap();
    assert_eq!(session.authenticated_by(), AuthMethod::KeyFile);
    // The named key comes first when the agent has it.
    agent.add(&sshd.path("user_ecdsa"));
    let session = connect(&sshd, &sshd.options(named)).await.unwrap();
    assert_eq!(session.authenticated_by(), AuthMethod::AgentKey);
    // Without a name some are left out, which the error says.
    let error = connect(&sshd, &sshd.options(crowded)).await.unwrap_err();
    assert!(error.to_string().contains("4 more agent keys left out"), "{error}");
    assert!(matches!(error, ConnectError::Auth(AuthError::Refused { .. })), "{error:?}");
}

#[tokio::test]
async fn a_host_that_is_not_known() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let mut options = sshd.with_key("ecdsa");
    let file = sshd.known_hosts("# nothing yet");
    let error = connect(&sshd, &options).await.unwrap_err();
    assert_eq!(error.code(), codes::SSH_HOST_KEY_UNKNOWN);
    let shown = output("ssh-keygen", &["-lf", sshd.path("host_ecdsa.pub").to_str().unwrap()]);
    let fingerprint = shown.split_whitespace().nth(1).unwrap();
    assert!(error.to_string().contains(fingerprint), "{error} {shown}");

    // The command of the help text is enough.
    std::fs::write(&file, "# nothing yet\n").unwrap();
    let help = error.help();
    output("sh", &["-c", help.split_once("then: ").unwrap().1]);
    connect(&sshd, &options).await.unwrap();

    // Accepting a new host writes the same line, once; a file that does not know it stays a refusal.
    let fresh = sshd.path("new").join("known_hosts");
    options.host_keys = HostKeyPolicy::AcceptNew { file: fresh.clone() };
    for _ in 0..2 {
        connect(&sshd, &options).await.unwrap();
    }
    let line = format!("{} {}\n", sshd.target().known_hosts_name(), sshd.host_key("ecdsa"));
    assert_eq!(std::fs::read_to_string(&fresh).unwrap(), line);
    options.host_keys = HostKeyPolicy::Strict { files: vec![sshd.path("absent")] };
    assert_eq!(connect(&sshd, &options).await.unwrap_err().code(), codes::SSH_HOST_KEY_UNKNOWN);
}

#[tokio::test]
async fn a_host_key_that_changed_is_never_accepted() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let other = sshd.path("other");
    keygen(&other, "ecdsa", "");
    let key = std::fs::read_to_string(sshd.path("other.pub")).unwrap();
    let mut options = sshd.with_key("ecdsa");
    let file = sshd.known_hosts(&format!("{{name}} {key}"));
    for policy in [
        HostKeyPolicy::Strict { files: vec![file.clone()] },
        HostKeyPolicy::AcceptNew { file: file.clone() },
        HostKeyPolicy::Pinned(key.parse().unwrap()),
    ] {
        options.host_keys = policy;
        let error = connect(&sshd, &options).await.unwrap_err();
        assert_eq!(error.code(), codes::SSH_HOST_KEY_CHANGED, "{error}");
    }
    assert!(!sshd.log().contains("Accepted"), "nobody logged in");
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1);

    // The command of the help text removes the old line.
    options.host_keys = HostKeyPolicy::Strict { files: vec![file.clone()] };
    let help = connect(&sshd, &options).await.unwrap_err().help();
    output("sh", &["-c", help.rsplit_once(": ").unwrap().1]);
    assert_eq!(connect(&sshd, &options).await.unwrap_err().code(), codes::SSH_HOST_KEY_UNKNOWN);
}

#[tokio::test]
async fn the_recorded_type_of_host_key_is_asked_for() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let mut options = sshd.with_key("ecdsa");
    for kind in ["rsa", "ed25519", "ecdsa"] {
        sshd.known_hosts(&format!("{{name}} {}\n", sshd.host_key(kind)));
        let session = connect(&sshd, &options).await.unwrap_or_else(|e| panic!("{kind}: {e}"));
        assert_eq!(session.host_key().to_string(), sshd.host_key(kind));
        // A later connection that pins what this one saw gets the same key.
        let seen = session.host_key().clone();
        let before = std::mem::replace(&mut options.host_keys, HostKeyPolicy::Pinned(seen.clone()));
        assert_eq!(*connect(&sshd, &options).await.unwrap().host_key(), seen);
        options.host_keys = before;
    }
}

#[tokio::test]
async fn hashed_and_revoked_lines() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let options = sshd.with_key("ecdsa");
    let file = sshd.known_hosts(&format!("{{name}} {}\n", sshd.host_key("ecdsa")));
    output("ssh-keygen", &["-q", "-H", "-f", file.to_str().unwrap()]);
    let hashed = std::fs::read_to_string(&file).unwrap();
    assert!(hashed.starts_with("|1|"), "{hashed}");
    connect(&sshd, &options).await.unwrap();

    std::fs::write(&file, format!("{hashed}@revoked * {}\n", sshd.host_key("ecdsa"))).unwrap();
    let error = connect(&sshd, &options).await.unwrap_err();
    assert!(matches!(error, ConnectError::HostKey(HostKeyError::Revoked { .. })), "{error:?}");
}

#[tokio::test]
async fn an_address_behind_a_map_keeps_its_own_name() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let logical: Target = format!("ssh://{}@203.0.113.10", sshd.user).parse().unwrap();
    let key = sshd.host_key("ecdsa");
    let map = sshd.path("map.json");
    std::fs::write(
        &map,
        format!(r#"{{"schema":1,"listeners":[{{"address":"203.0.113.10","connect":"{}"}}]}}"#, sshd.address),
    )
    .unwrap();
    let mut options = sshd.with_key("ecdsa");
    options.address_map = Some(AddressMap::file(&map));
    // Known by the socket's name only: not known.
    sshd.known_hosts(&format!("{{name}} {key}\n"));
    let error = Session::connect(&logical, &options).await.unwrap_err();
    assert!(error.to_string().contains("no host key of 203.0.113.10"), "{error}");
    sshd.known_hosts(&format!("203.0.113.10 {key}\n"));
    let session = Session::connect(&logical, &options).await.unwrap();
    assert_eq!((session.peer(), session.target()), (sshd.address, &logical));
    let error =
        Session::connect(&logical.with_address("203.0.113.11".parse().unwrap()), &options).await.unwrap_err();
    assert_eq!(error.code(), codes::SSH_ADDRESS_MAP);
}

#[tokio::test]
async fn a_host_with_one_session_at_a_time() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("MaxSessions 1\n");
    let mut session = connect(&sshd, &sshd.with_key("ecdsa")).await.unwrap();
    for n in 0..20 {
        let out = session.exec(&format!("printf {n}"), b"").await.unwrap();
        assert_eq!(out.stdout, n.to_string().into_bytes());
    }
}

#[tokio::test]
async fn a_host_that_opens_no_session() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("MaxSessions 0\n");
    let mut session = connect(&sshd, &sshd.with_key("ecdsa")).await.unwrap();
    let error = session.exec("true", b"").await.unwrap_err();
    assert!(matches!(error, TransportError::SessionRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn what_a_command_may_print_and_read() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let mut options = sshd.with_key("ecdsa");
    options.max_output = 6 * 1024 * 1024;
    let mut session = connect(&sshd, &options).await.unwrap();
    let bytes: Vec<u8> = (0..5 * 1024 * 1024u32).map(|n| ((n * 31) >> 3) as u8).collect();
    // There and back, at once: neither side waits for the other to finish.
    assert!(session.exec("cat", &bytes).await.unwrap().stdout == bytes);
    // Input that nobody reads.
    assert_eq!(session.exec("exit 7", &bytes).await.unwrap().status, Some(7));
    // Killed by a signal: no status.
    assert_eq!(session.exec("kill -9 $$", b"").await.unwrap().status, None);
    let error = session.exec("cat /dev/zero", b"").await.unwrap_err();
    assert!(
        matches!(error, TransportError::OutputLimit { limit } if limit == options.max_output),
        "{error:?}"
    );
    assert!(session.exec("true", b"").await.unwrap().success(), "the session is still good");
}

#[tokio::test]
async fn uploads() {
    if !sshd_is_there() {
        return;
    }
    use std::os::unix::fs::PermissionsExt;
    let sshd = Sshd::start("");
    let mut session = connect(&sshd, &sshd.with_key("ecdsa")).await.unwrap();
    let target = sshd.path("data store's $(file)");
    let name = target.to_str().unwrap();
    for (size, mode) in [(0usize, 0o644), (1, 0o600), (5 * 1024 * 1024, 0o755)] {
        let bytes: Vec<u8> = (0..size).map(|n| ((n * 7) >> 2) as u8).collect();
        session.upload(name, &bytes, mode).await.unwrap();
        assert!(std::fs::read(&target).unwrap() == bytes, "{size} bytes");
        assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o7777, mode);
    }
    let error = session.upload(sshd.path("absent/file").to_str().unwrap(), b"x", 0o644).await.unwrap_err();
    assert_eq!(error.code(), codes::SSH_UPLOAD);
    // A directory of that name: nothing may be moved into it unseen.
    std::fs::create_dir(sshd.path("dir")).unwrap();
    let error = session.upload(sshd.path("dir").to_str().unwrap(), b"x", 0o644).await.unwrap_err();
    assert!(error.to_string().contains("is a directory"), "{error}");
    let left: Vec<_> = std::fs::read_dir(sshd.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().ends_with(".part")), "{left:?}");
    assert_eq!(std::fs::read_dir(sshd.path("dir")).unwrap().count(), 0);
}

#[test]
fn without_a_runtime() {
    if !sshd_is_there() {
        return;
    }
    let sshd = Sshd::start("");
    let mut session = blocking::Session::connect(&sshd.target(), &sshd.with_key("ecdsa")).unwrap();
    assert_eq!(session.exec("cat", b"in").unwrap().stdout, b"in");
    let file = sshd.path("file");
    session.upload(file.to_str().unwrap(), b"up", 0o644).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"up");
    let out = session.run(async |host| host.exec("printf run", b"").await).unwrap();
    assert_eq!(out.stdout, b"run");
    assert_eq!(session.session().host_key().to_string(), sshd.host_key("ecdsa"));
    session.close();
}

#[tokio::test]
async fn what_is_no_ssh_server() {
    let policy = HostKeyPolicy::Strict { files: vec![] };
    // Nobody listens: the port was free a moment ago.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let target = Target::new("root", "127.0.0.1", free.port()).unwrap();
    let error = Session::connect(&target, &options(Credentials::none(), policy.clone())).await.unwrap_err();
    assert!(matches!(error, ConnectError::Unreachable { .. }), "{error:?}");
    assert!(error.is_transient());

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let target = Target::new("root", "127.0.0.1", listener.local_addr().unwrap().port()).unwrap();
    std::thread::spawn(move || {
        use std::io::Write;
        // One that hangs up, and one that speaks something else.
        drop(listener.accept().unwrap());
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").unwrap();
    });
    let error = Session::connect(&target, &options(Credentials::none(), policy.clone())).await.unwrap_err();
    assert!(matches!(error, ConnectError::HungUp { .. }), "{error:?}");
    let error = Session::connect(&target, &options(Credentials::none(), policy)).await.unwrap_err();
    assert!(matches!(error, ConnectError::Protocol { .. } | ConnectError::HungUp { .. }), "{error:?}");
}

/// `sshd_config` of three releases, as far as OpenSSH of today can be told. Passwords are PAM's business there,
/// and cannot be tried here; what our client does with PAM's questions is tested against a server made for it.
const RELEASES: [(&str, &str); 3] = [
    (
        // Believed: OpenSSH of the 5.x line, RSA and SHA-1 only. A server of today announces SHA-2 for users'
        // keys whether it accepts it or not; one of then announces nothing.
        "5.5",
        "KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1\nMACs hmac-sha1\n\
         Ciphers aes128-ctr,aes192-ctr,aes256-ctr\nHostKey {dir}/host_rsa\nHostKeyAlgorithms ssh-rsa\n\
         PubkeyAcceptedAlgorithms ssh-rsa,rsa-sha2-512\nAllowTcpForwarding no\n",
    ),
    (
        // Believed.
        "6.5",
        "KexAlgorithms curve25519-sha256@libssh.org,ecdh-sha2-nistp256,diffie-hellman-group14-sha1\n\
         Ciphers aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr\nMACs hmac-sha2-256,hmac-sha2-512\n\
         HostKey {dir}/host_rsa\nHostKey {dir}/host_ecdsa\nAllowTcpForwarding no\nMaxSessions 1\n",
    ),
    (
        // A file of a real host, but for FIPS mode itself, which is VMware's.
        "8.0.2",
        "HostKey {dir}/host_rsa\nHostKey {dir}/host_ecdsa\nAllowTcpForwarding no\nAllowStreamLocalForwarding no\n\
         PermitTunnel no\nGatewayPorts no\nClientAliveInterval 200\nClientAliveCountMax 3\n\
         MaxStartups 10:30:100\nRekeyLimit 1G 1H\nPasswordAuthentication no\n",
    ),
];

#[tokio::test]
async fn servers_set_up_like_those_of_three_releases() {
    if !sshd_is_there() {
        return;
    }
    for (release, config) in RELEASES {
        let config = if release == "8.0.2" { format!("{FIPS}{config}") } else { config.to_owned() };
        let sshd = Sshd::start(&config);
        let old = release == "5.5";
        for kind in ["rsa", "ecdsa", "ed25519"] {
            let mut options = sshd.with_key(kind);
            if old {
                let strict = connect(&sshd, &options).await.unwrap_err();
                assert!(matches!(strict, ConnectError::NoCommonAlgorithm { .. }), "{release}: {strict:?}");
                assert!(strict.help().contains("legacy"), "{}", strict.help());
            }
            options.legacy = old;
            let expected = match release {
                "5.5" => kind == "rsa",
                "6.5" => true,
                _ => kind != "ed25519",
            };
            let session = connect(&sshd, &options).await;
            assert_eq!(session.is_ok(), expected, "{release} {kind}: {:?}\n{}", session.err(), sshd.log());
            let Ok(mut session) = session else { continue };
            // One after the other, as a host with one session demands, and a file on the way.
            for number in 0..3 {
                let out = session.exec(&format!("cat; exit {number}"), b"in\0").await.unwrap();
                assert_eq!(
                    (out.stdout.as_slice(), out.status),
                    (&b"in\0"[..], Some(number)),
                    "{release} {kind}"
                );
            }
            session.close().await;
        }
        // A password is refused without being asked for twice.
        let password = Credentials::none().password(SecretString::from("geheim"));
        let mut options = sshd.options(password);
        options.legacy = old;
        let refused = connect(&sshd, &options).await.unwrap_err();
        assert!(matches!(refused, ConnectError::Auth(_)), "{release}: {refused:?}");
        assert!(!format!("{refused} {refused:?}").contains("geheim"));
    }
}
