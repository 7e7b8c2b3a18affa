//! `esxi sim`.

use crate::args::{Sim, SimServe};
use crate::cmd::plan::{factory_state, saved_state};
use crate::cmd::teaming::parse;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::job::host_file;
use crate::live::runtime;
use crate::out::Out;
use esxi_core::diag::codes;
use esxi_core::model::Machine;
use esxi_core::reach::{Evidence, Fabric, Lag, Network, SwitchPort, TaggedVlans};
use esxi_core::state::{Fact, HostState, Ipv4Config, Route};
use esxi_ssh::sim::{Event, ListenerInfo, SimConfig, SimError, SimHost};
use ipnet::Ipv4Net;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub fn run(out: &Out, command: &Sim) -> Result<Exit, Failure> {
    match command {
        Sim::Serve(args) => serve(out, args),
        Sim::Coverage(args) => super::coverage::run(out, args),
        Sim::Wait { ready } => wait(ready),
    }
}

fn serve(out: &Out, args: &SimServe) -> Result<Exit, Failure> {
    let state = initial_state(args)?;
    let fabric = fabric(args, &state)?;
    let mut machine = Machine::new(state);
    machine.hostname.clone_from(&args.name);
    let mut config = SimConfig::new(args.name.clone(), machine, fabric);
    config.latency = Duration::from_millis(args.latency);
    config.authorized_keys = authorized_keys(args)?;
    if config.authorized_keys.is_empty() {
        return Err(Failure::error(
            codes::SIM_NO_KEY,
            "nobody could log in: no public key was given and ~/.ssh has none",
            "make one with `ssh-keygen -t ecdsa -f KEY` and add --authorized-key KEY.pub",
        ));
    }
    let runtime = runtime()?;
    runtime.block_on(async {
        let host = SimHost::start(config).await.map_err(failed)?;
        if let Some(path) = &args.known_hosts {
            input::write(path, known_hosts(&host).as_bytes())?;
        }
        host.write_ready_file(&args.ready).map_err(failed)?;
        out.say(format_args!(
            "{} ({}) is up; its host key is {}",
            args.name,
            host.state().version,
            host.fingerprint()
        ));
        for ListenerInfo { client, address, connect, .. } in host.listeners() {
            out.say(format_args!(
                "  {address} as {client} sees it: ssh -p {} root@{}",
                connect.port(),
                connect.ip()
            ));
        }
        out.say(format_args!("written to {}; Ctrl-C ends it", args.ready.display()));
        let kept = tokio::select! {
            _ = tokio::signal::ctrl_c() => Ok(()),
            () = host.wait() => Ok(()),
            kept = keep_known(&host, args.known_hosts.as_deref()) => kept,
        };
        host.shutdown().await;
        kept.map(|()| Exit::Fine)
    })
}

/// Writes the known host keys again whenever the host gets another address, which has the same key.
async fn keep_known(host: &SimHost, path: Option<&Path>) -> Result<(), Failure> {
    let Some(path) = path else { return std::future::pending().await };
    let mut events = host.events();
    loop {
        // Before the next event: the listener may be older than the subscription.
        input::write(path, known_hosts(host).as_bytes())?;
        while matches!(events.recv().await, Ok(event) if !matches!(event, Event::ListenerAdded { .. })) {}
    }
}

/// A failure of the simulator.
pub fn failed(error: SimError) -> Failure {
    error.diagnostic().into()
}

/// Lines for OpenSSH, under the host's own addresses and under the sockets that stand for them.
pub fn known_hosts(host: &SimHost) -> String {
    let key = host.host_key_line();
    let line = |one: ListenerInfo| {
        let ListenerInfo { address, connect, .. } = one;
        format!("{address} {key}\n[{}]:{} {key}\n", connect.ip(), connect.port())
    };
    host.listeners().into_iter().map(line).collect()
}

/// The host as it boots: a saved state, or a factory-fresh one with its address.
fn initial_state(args: &SimServe) -> Result<HostState, Failure> {
    if let Some(path) = &args.state {
        return saved_state(path);
    }
    let mut state = factory_state(&args.esxi, &args.nics)?;
    let Some(vmk) = state.vmkernel.get_mut("vmk0") else { return Ok(state) };
    let address = match args.address.as_str() {
        "dhcp" => return Ok(state),
        text => parse::<Ipv4Net>(text, "an address with its prefix such as 192.0.2.10/24, or dhcp")?,
    };
    vmk.ipv4 = Fact::Known(Ipv4Config::Static { address, gateway: None });
    if let Some(gateway) =
        args.gateway.filter(|gateway| matches!(gateway, IpAddr::V4(v4) if address.contains(v4)))
    {
        let network = parse("0.0.0.0/0", "a network")?;
        state.routes.insert(Route { netstack: Default::default(), network, gateway });
    }
    Ok(state)
}

/// The world around it: as a file states it, or every card on an independent access port beside its router.
fn fabric(args: &SimServe, state: &HostState) -> Result<Fabric, Failure> {
    if let Some(path) = &args.fabric {
        let file = host_file(&input::read(path)?)?;
        let (mut fabric, findings) = file.spec.fabric(state);
        if esxi_core::diag::has_errors(&findings) {
            return Err(Failure::located(findings, &file.source));
        }
        fabric.client = fabric.client.or(Some(args.client));
        return Ok(fabric);
    }
    let port = SwitchPort {
        untagged: Some(0),
        tagged: TaggedVlans::None,
        lag: Lag::None,
        evidence: Evidence::Asserted,
    };
    let network = |net: ipnet::IpNet| Network {
        subnet: net.trunc(),
        gateway: args.gateway.filter(|gateway| net.contains(gateway)),
        segment: 0,
        dhcp: None,
        evidence: Evidence::Asserted,
    };
    Ok(Fabric {
        ports: state.nics.keys().map(|nic| (nic.clone(), port.clone())).collect(),
        networks: state.vmkernel.values().flat_map(|vmk| vmk.addresses()).map(network).collect(),
        client: Some(args.client),
        ..Fabric::default()
    })
}

fn authorized_keys(args: &SimServe) -> Result<Vec<String>, Failure> {
    let home = std::env::home_dir().unwrap_or_default().join(".ssh");
    let usual = ["id_ecdsa.pub", "id_rsa.pub", "id_ed25519.pub"].map(|name| home.join(name));
    let files: Vec<PathBuf> = match args.authorized_key.is_empty() {
        true => usual.into_iter().filter(|file| file.exists()).collect(),
        false => args.authorized_key.clone(),
    };
    let mut lines = Vec::new();
    for file in files {
        lines.extend(input::read(&file)?.text.lines().map(str::to_owned));
    }
    Ok(lines)
}

/// Waits until the ready file is there and what it names accepts connections.
fn wait(ready: &Path) -> Result<Exit, Failure> {
    #[derive(serde::Deserialize)]
    struct Ready {
        listeners: Vec<Listener>,
    }
    #[derive(serde::Deserialize)]
    struct Listener {
        connect: std::net::SocketAddr,
    }
    let listening = || {
        let text = std::fs::read_to_string(ready).ok()?;
        let file: Ready = serde_json::from_str(&text).ok()?;
        let one = file.listeners.first()?;
        std::net::TcpStream::connect_timeout(&one.connect, Duration::from_secs(1)).ok()
    };
    let end = Instant::now() + Duration::from_secs(30);
    while Instant::now() < end {
        if listening().is_some() {
            return Ok(Exit::Fine);
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(Failure::error(
        codes::SIM_NOT_READY,
        format!("{}: no simulated host answered within 30 s", ready.display()),
        "start it with `esxi sim serve`, and see what it says",
    ))
}
