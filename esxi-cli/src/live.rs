//! Live hosts: getting in, reading facts.

use crate::args::HostArgs;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::diag::codes;
use esxi_core::model::bundle::{self, Bundle};
use esxi_core::model::facts::Facts;
use esxi_ssh::{
    AddressMap, Agent, ConnectError, ConnectOptions, Credentials, HostKeyPolicy, SecretString, Session,
    Target, Transport, read_facts,
};
use std::io::IsTerminal;
use std::net::IpAddr;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// An open session with one host, and how it was opened.
pub struct Live {
    pub runtime: Runtime,
    pub target: Target,
    pub options: ConnectOptions,
    pub session: Session,
}

/// The runtime of this process.
pub fn runtime() -> Result<Runtime, Failure> {
    Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(|error| {
        Failure::error(
            codes::SYSTEM_REFUSED,
            format!("the system gives no threads: {error}"),
            "free memory or raise the limit of processes (ulimit -u)",
        )
    })
}

impl Live {
    /// Logs in to the host that the arguments name. Only a person at a terminal is asked for a password, and only
    /// after keys and agent were refused.
    pub fn connect(args: &HostArgs) -> Result<Live, Failure> {
        let Some(host) = &args.host else {
            return Err(Failure::error(
                codes::NO_HOST,
                "no host was named",
                "add --host ssh://root@ADDRESS, or plan offline with --factory or --state",
            ));
        };
        let target: Target = host.parse().map_err(|error: esxi_ssh::TargetError| {
            Failure::error(error.code(), error.to_string(), error.help())
        })?;
        let runtime = runtime()?;
        let mut options = options(args)?;
        let session = match runtime.block_on(Session::connect(&target, &options)) {
            Err(error) if may_ask(&options, &error) => {
                options.credentials = options.credentials.password(ask_password(&target)?);
                runtime.block_on(Session::connect(&target, &options))
            }
            result => result,
        };
        let session = session.map_err(|error| Failure::from(error.to_diagnostic()))?;
        Ok(Live { runtime, target, options, session })
    }

    /// Reads the state of the host, in one exec.
    pub fn facts(&mut self) -> Result<Facts, Failure> {
        let facts = self.runtime.block_on(read_facts(&mut self.session));
        facts.map_err(|error| error.to_diagnostic().into())
    }

    /// Asks the host for everything that it shows, in one exec.
    pub fn bundle(&mut self, keep_names: bool) -> Result<Bundle, Failure> {
        Bundle::from_answer(&self.exec(&bundle::script())?, keep_names)
            .map_err(|error| error.diagnostic().into())
    }

    /// The standard output of a command that only shows something.
    pub fn exec(&mut self, command: &str) -> Result<String, Failure> {
        let answer = self.runtime.block_on(self.session.exec(command, b""));
        let answer = answer.map_err(|error| Failure::from(error.to_diagnostic()))?;
        Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
    }

    /// Says goodbye.
    pub fn close(self) {
        self.runtime.block_on(self.session.close());
    }
}

/// The address that a session was opened to, as the host knows it: what was dialled, or what the host saw.
pub fn address_of(target: &Target, facts: &Facts) -> Option<IpAddr> {
    facts.session.as_ref().map(|session| session.server).or_else(|| target.address())
}

fn options(args: &HostArgs) -> Result<ConnectOptions, Failure> {
    let mut credentials = Credentials::none().agent(Agent::Environment).passphrases(|file| {
        let asked = rpassword::prompt_password(format!("Passphrase of {}: ", file.display()));
        asked.ok().map(SecretString::from)
    });
    let given = !args.identities.is_empty();
    let home = std::env::home_dir().unwrap_or_default().join(".ssh");
    let usual = ["id_ecdsa", "id_rsa", "id_ed25519"].map(|name| home.join(name));
    let keys =
        if given { args.identities.clone() } else { usual.into_iter().filter(|key| key.exists()).collect() };
    for key in keys {
        credentials = credentials.key(key);
    }
    if let Some(password) = given_password(args)? {
        credentials = credentials.password(password);
    }
    let mut options = ConnectOptions::new(credentials);
    options.connect_timeout = Duration::from_secs(args.connect_timeout);
    options.keepalive = Some(Duration::from_secs(5));
    if !args.known_hosts.is_empty() {
        options.host_keys = HostKeyPolicy::Strict { files: args.known_hosts.clone() };
    }
    (options.bind, options.legacy) = (args.bind, args.legacy);
    options.address_map = args.address_map.as_ref().map(AddressMap::file);
    Ok(options)
}

/// The password from a file or the environment; never from the command line, which everybody can read.
fn given_password(args: &HostArgs) -> Result<Option<SecretString>, Failure> {
    let text = match &args.password_file {
        Some(path) => Some(crate::input::read(path)?.text),
        None => std::env::var("ESXI_PASSWORD").ok(),
    };
    let line = text.as_deref().and_then(|text| text.lines().next()).filter(|line| !line.is_empty());
    Ok(line.map(SecretString::from))
}

/// Whether a person is there to be asked and asking could help.
fn may_ask(options: &ConnectOptions, error: &ConnectError) -> bool {
    let refused = matches!(error, ConnectError::Auth { .. });
    refused && !options.credentials.has_password() && std::io::stdin().is_terminal()
}

fn ask_password(target: &Target) -> Result<SecretString, Failure> {
    let asked = rpassword::prompt_password(format!("Password of {}@{}: ", target.user(), target.host()));
    asked.map(SecretString::from).map_err(|error| {
        Failure::error(
            codes::NO_PASSWORD,
            format!("no password could be asked for: {error}"),
            "set ESXI_PASSWORD, or name a file with --password-file",
        )
    })
}

/// The client that a person names, if it can be one.
pub fn client(address: Option<IpAddr>) -> Result<Option<IpAddr>, Failure> {
    let impossible = |address: &IpAddr| {
        address.is_unspecified()
            || address.is_multicast()
            || matches!(address, IpAddr::V4(v4) if v4.is_broadcast())
    };
    match address.filter(impossible) {
        Some(address) => Err(Failure::error(
            codes::BAD_VANTAGE,
            format!("{address} is not the address of one client"),
            "--confirm-from takes the address from which the host will see you after the change",
        )),
        None => Ok(address),
    }
}

/// Refuses to plan for a host that somebody else manages.
pub fn unmanaged(facts: &Facts) -> Result<(), Failure> {
    let Some(server) = &facts.vcenter else { return Ok(()) };
    Err(Failure::error(
        codes::MANAGED_BY_VCENTER,
        format!("the vCenter server {server} manages this host"),
        "change it there, or disconnect the host from vCenter first",
    ))
}

/// Says what facts could not be understood.
pub fn warn(out: &Out, facts: &Facts) {
    if !out.is_json() {
        out.findings(&facts.warnings, None);
    }
}
