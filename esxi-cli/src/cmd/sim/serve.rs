//! `esxi sim serve`.

use crate::args::SimServe;
use crate::cmd::teaming::parse;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::job::host_file;
use crate::live::runtime;
use crate::out::Out;
use esxi_core::diag::{SourceMap, codes};
use esxi_core::scenario::{FaultRule, HostAddress, Scenario, ScenarioHost, SecretSource, check};
use esxi_core::yaml;
use esxi_ssh::sim::{Cast, Event, ListenerInfo, Record, SimError, SimHost, SimServer, StateFile, read_state};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

pub fn run(out: &Out, args: &SimServe) -> Result<Exit, Failure> {
    let (mut scenario, folder) = match &args.scenario {
        Some(path) => (read_scenario(path)?, path.parent().unwrap_or(Path::new("")).to_owned()),
        None => (made_scenario(args)?, PathBuf::new()),
    };
    add_access(&mut scenario, args)?;
    for words in &args.faults {
        let rule = words.parse::<FaultRule>();
        let rule = rule.map_err(|error| Failure::error(codes::SIM_FAULT, error.to_string(), error.help()))?;
        scenario.faults.get_or_insert_default().push(rule);
    }
    scenario.client = args.client.or(scenario.client);
    let mut cast = Cast::of(&scenario, &folder).map_err(failed)?;
    for config in &mut cast.configs {
        config.latency = Duration::from_millis(args.latency);
        config.scheduler = true;
        if config.authorized_keys.is_empty() && config.root_password.is_none() {
            return Err(Failure::error(
                codes::SIM_NO_KEY,
                format!(
                    "nobody could log in to {}: it has no password, no public key was given and ~/.ssh has none",
                    config.name
                ),
                "make a key with `ssh-keygen -t ecdsa -f KEY` and add --authorized-key KEY.pub, or --password-file FILE",
            ));
        }
    }
    let record = record(args.record.as_deref()).map_err(failed)?;
    runtime()?.block_on(serve(out, args, cast, record))
}

async fn serve(out: &Out, args: &SimServe, cast: Cast, record: Record) -> Result<Exit, Failure> {
    // Before anybody is told that the hosts are ready: who reads that may end them at once.
    let (mut interrupt, mut terminate) = (caught(SignalKind::interrupt())?, caught(SignalKind::terminate())?);
    let mut server = tokio::select! {
        server = cast.start(record) => server.map_err(failed)?,
        _ = interrupt.recv() => return Ok(Exit::Fine),
        _ = terminate.recv() => return Ok(Exit::Fine),
    };
    let served = async {
        server.open_control().map_err(failed)?;
        if let Some(path) = &args.known_hosts {
            input::write(path, all_known_hosts(&server).as_bytes())?;
        }
        server.write_ready_file(&args.ready_file).map_err(failed)?;
        server.hosts().iter().for_each(|host| greet(out, host));
        out.say(format_args!("written to {}; Ctrl-C ends it", args.ready_file.display()));
        tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            kept = keep_known(&server, args.known_hosts.as_deref()) => kept,
        }
    };
    let served: Result<(), Failure> = served.await;
    server.shutdown().await;
    served.map(|()| Exit::Fine)
}

fn caught(kind: SignalKind) -> Result<Signal, Failure> {
    signal(kind).map_err(|error| {
        let message = format!("a signal cannot be caught: {error}");
        Failure::error(codes::SYSTEM_REFUSED, message, "run it as an ordinary process")
    })
}

fn greet(out: &Out, host: &SimHost) {
    let info = host.info();
    out.say(format_args!(
        "{} ({}) is up; its host key is {}",
        info.name,
        host.state().version,
        host.fingerprint()
    ));
    for ListenerInfo { client, address, connect, .. } in info.listeners {
        let (ip, port) = (connect.ip(), connect.port());
        out.say(format_args!("  {address} as {client} sees it: ssh -p {port} root@{ip}"));
    }
}

fn read_scenario(path: &Path) -> Result<Scenario, Failure> {
    let file = input::read(path)?;
    let read = yaml::scenario(&file.name, &file.text);
    let read = read.map_err(|found| Failure::located(found, &SourceMap::new(file.name, file.text)))?;
    Ok(read.scenario)
}

/// The scenario that the arguments amount to.
fn made_scenario(args: &SimServe) -> Result<Scenario, Failure> {
    let mut scenario = Scenario::default();
    if let Some(path) = &args.fabric {
        let file = input::read(path)?;
        scenario.fabric = host_file(&file)?.spec.fabric;
    }
    if let Some(path) = &args.state {
        let file = input::read(path)?;
        let state = read_state(&file.text).map_err(|error| {
            let help = "make it with `esxi facts --host … --format json` or `esxi sim state dump`";
            Failure::error(codes::STATE_FILE, format!("{}: {error}", file.name), help)
        })?;
        let names = match &state {
            StateFile::Dump(dump) => dump.hosts.iter().map(|host| host.name.clone()).collect(),
            _ => vec![args.name.clone()],
        };
        let state = Some(absolute(path));
        let host = |name| ScenarioHost { state: state.clone(), ..ScenarioHost::new(name) };
        scenario.hosts = names.into_iter().map(host).collect();
        return Ok(scenario);
    }
    let address =
        parse::<HostAddress>(&args.address, "an address with its prefix such as 192.0.2.10/24, or dhcp")?;
    for (at, number) in (1..=args.hosts).enumerate() {
        let name = if args.hosts == 1 { args.name.clone() } else { format!("{}-{number}", args.name) };
        let mut host = ScenarioHost::new(name);
        let version = &args.esxi[at % args.esxi.len()];
        host.esxi = Some(version.parse().map_err(|error: esxi_core::version::VersionError| {
            Failure::error(codes::NO_SUCH_VERSION, error.to_string(), "write it as 7.0 or 8.0.2")
        })?);
        if at == 0 || address == HostAddress::Dhcp {
            host.address = Some(address);
        }
        if at == 0 {
            let mut cards = Vec::new();
            for mac in &args.nics {
                let card = mac.parse().map_err(|error: esxi_core::value::ValueError| {
                    let help = "list the cards as --nics MAC,MAC, vmnic0 first";
                    Failure::error(codes::BAD_MAC, error.to_string(), help)
                })?;
                cards.push(card);
            }
            host.nics = Some(cards);
        }
        host.gateway = match args.gateway {
            Some(IpAddr::V4(gateway)) => Some(gateway),
            _ => None,
        };
        scenario.hosts.push(host);
    }
    let found = check(&scenario);
    if found.is_empty() { Ok(scenario) } else { Err(found.into()) }
}

/// Keys and the password that the arguments name, for every host; without either, the person's own keys.
fn add_access(scenario: &mut Scenario, args: &SimServe) -> Result<(), Failure> {
    let password = match (&args.password_file, &args.password_env) {
        (Some(file), _) => Some(SecretSource::File(absolute(file))),
        (None, Some(name)) => Some(SecretSource::Env(name.clone())),
        (None, None) => None,
    };
    scenario.password = password.or(scenario.password.take());
    let stated = |host: &ScenarioHost| host.authorized_keys.is_some() || host.password.is_some();
    let none = scenario.authorized_keys.is_none()
        && scenario.password.is_none()
        && !scenario.hosts.iter().any(stated);
    let mut files = args.authorized_key.clone();
    if files.is_empty() && none {
        let home = std::env::home_dir().unwrap_or_default().join(".ssh");
        let usual = ["id_ecdsa.pub", "id_rsa.pub", "id_ed25519.pub"].map(|name| home.join(name));
        files.extend(usual.into_iter().filter(|file| file.exists()));
    }
    for file in files {
        let lines = input::read(&file)?;
        let lines =
            lines.text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        scenario.authorized_keys.get_or_insert_default().extend(lines.map(str::to_owned));
    }
    Ok(())
}

/// Paths of the arguments are relative to where the command runs, those of a scenario to its folder.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).to_string_lossy().into_owned()
}

fn record(path: Option<&Path>) -> Result<Record, SimError> {
    match path {
        None => Ok(Record::in_memory()),
        Some(path) if path.is_dir() || path.to_string_lossy().ends_with('/') => Record::create_in(path),
        Some(path) => Record::create(path),
    }
}

/// Writes the known host keys again whenever a host gets another address, which has the same key.
async fn keep_known(server: &SimServer, path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return std::future::pending().await };
    let (tell, mut told) = mpsc::channel(1);
    // Ends with this function.
    let mut watching = JoinSet::new();
    for host in server.hosts() {
        let (mut events, tell) = (host.events(), tell.clone());
        watching.spawn(async move {
            while let Ok(event) = events.recv().await {
                if matches!(event, Event::ListenerAdded { .. }) {
                    // Full is fine: what is written next is of after this.
                    let _ = tell.try_send(());
                }
            }
        });
    }
    loop {
        // Before the next event: the listener may be older than the subscription.
        input::write(path, all_known_hosts(server).as_bytes())?;
        if told.recv().await.is_none() {
            return std::future::pending().await;
        }
    }
}

/// A failure of the simulator.
pub fn failed(error: SimError) -> Failure {
    error.diagnostic().into()
}

fn all_known_hosts(server: &SimServer) -> String {
    server.hosts().iter().map(known_hosts).collect()
}

/// Lines for OpenSSH, under the host's own addresses and under the sockets that stand for them.
pub fn known_hosts(host: &SimHost) -> String {
    host.info().known_hosts.iter().map(|line| format!("{line}\n")).collect()
}
