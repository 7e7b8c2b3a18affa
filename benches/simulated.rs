//! Round trips to a simulated host in this process, over SSH on loopback.
//!
//! This program is the host's applet, too: the host's shell starts it again for every `esxcli`.
#![allow(clippy::unwrap_used, reason = "a benchmark whose answer is wrong shall stop")]

use criterion::{Criterion, SamplingMode};
use esxi_benches::{MAAS, desired, factory_host, planned};
use esxi_core::guard::{GuardOptions, Machine as Guard, Outcome};
use esxi_core::model::Machine;
use esxi_core::model::facts::Facts;
use esxi_core::plan::plan;
use esxi_ssh::guard::{Connector, NotConnected, Progress, SshConnector, run_guarded};
use esxi_ssh::sim::{KeyPair, SimConfig, SimHost};
use esxi_ssh::{
    AddressMap, ConnectOptions, Credentials, ExecOutput, HostKeyPolicy, Session, Target, Transport,
    TransportError, read_facts,
};
use std::io::Write;
use std::net::IpAddr;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;

/// Where the host answers before and after it is configured.
const BEFORE: &str = "192.168.100.50";
const AFTER: &str = "192.0.2.10";

/// The host's script waits so long before its first step, so that the answer to `arm` gets out.
const SCRIPT_WAITS: Duration = Duration::from_millis(200);

fn main() -> ExitCode {
    if let Some(code) = esxi_ssh::sim::applet_main() {
        return code;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    let mut group = criterion.benchmark_group("simulated");
    group.sampling_mode(SamplingMode::Flat);
    group.bench_function("connect", |bencher| {
        let stage = runtime.block_on(Stage::open());
        bencher.iter(|| {
            runtime.block_on(async {
                let mut session = stage.connect(BEFORE).await;
                assert_eq!(session.exec("echo $((6 * 7))", b"").await.unwrap().stdout, b"42\n");
            })
        });
        runtime.block_on(stage.host.shutdown());
    });
    let command = "esxcli network vswitch standard portgroup list";
    // What a shell has to read goes through the jail.
    for (name, line) in
        [("command", command.to_owned()), ("command-through-the-jail", format!("{command} | cat"))]
    {
        group.bench_function(name, |bencher| {
            let stage = runtime.block_on(Stage::open());
            let mut session = runtime.block_on(stage.connect(BEFORE));
            bencher.iter(|| {
                let ran = runtime.block_on(session.exec(&line, b"")).unwrap();
                assert!(ran.success() && ran.stdout.starts_with(b"Name "), "{ran:?}");
            });
            runtime.block_on(stage.host.shutdown());
        });
    }
    // As a script on the host does: the shell is there already.
    group.bench_function("command-in-a-running-script", |bencher| {
        let stage = runtime.block_on(Stage::open());
        let mut session = runtime.block_on(stage.connect(BEFORE));
        bencher.iter_custom(|iterations| {
            let line = format!("i=0; while [ $i -lt {iterations} ]; do {command} >/tmp/out || exit; i=$((i+1)); done; wc -l </tmp/out");
            let began = Instant::now();
            let ran = runtime.block_on(session.exec(&line, b"")).unwrap();
            assert_eq!((ran.success(), ran.stdout.as_slice()), (true, &b"4\n"[..]), "{ran:?}");
            began.elapsed()
        });
        runtime.block_on(stage.host.shutdown());
    });
    group.bench_function("facts-in-one-exec", |bencher| {
        let stage = runtime.block_on(Stage::open());
        let mut session = runtime.block_on(stage.connect(BEFORE));
        bencher.iter(|| {
            let before = stage.meter.execs.load(Ordering::Relaxed);
            let facts = runtime.block_on(read_facts(&mut session)).unwrap();
            assert_eq!(stage.meter.execs.load(Ordering::Relaxed) - before, 1);
            assert!(facts.state.same_configuration(&stage.host.state()));
            facts
        });
        runtime.block_on(stage.host.shutdown());
    });
    let mut told = Vec::new();
    group.bench_function("facts-plan-apply-verify", |bencher| {
        bencher.iter_custom(|iterations| (0..iterations).map(|_| whole_job(&runtime, &mut told)).sum());
    });
    group.finish();
    if let Some(slowest) = told.iter().max_by_key(|times| times.total) {
        let _ = writeln!(std::io::stdout(), "slowest whole job: {slowest:?}");
    }
    criterion.final_summary();
    ExitCode::SUCCESS
}

/// Where the time of a whole job went.
#[derive(Debug)]
#[allow(dead_code, reason = "printed")]
struct Times {
    total: Duration,
    /// Waiting for addresses that were mute, by design until the patience is at its end.
    mute: Duration,
    /// Waiting for the host's hourly backup to pass.
    backup: Duration,
    connections: usize,
    execs: usize,
}

/// The whole job on a fresh host: the time it took, less what it waited on purpose.
fn whole_job(runtime: &Runtime, told: &mut Vec<Times>) -> Duration {
    let stage = runtime.block_on(Stage::open());
    let spec = MAAS.import();
    let fabric_of = |facts: &Facts| {
        let mut fabric = MAAS.fabric(&facts.state);
        if let Some(session) = facts.session.clone() {
            fabric.observe(&facts.state, session);
        }
        fabric
    };
    let began = Instant::now();
    let backup = runtime.block_on(async {
        let mut session = stage.connect(BEFORE).await;
        let facts = read_facts(&mut session).await.unwrap();
        let fabric = fabric_of(&facts);
        let plan_to_run = planned(&spec, &facts.state, &fabric);

        let steps = plan_to_run.steps.len();
        let mut options = GuardOptions::new("bench", steps).window(Duration::from_secs(6), steps);
        options.pause = Duration::from_millis(5);
        let inner = SshConnector::new(
            &stage.target(BEFORE),
            &stage.options,
            session.0.host_key().clone(),
            options.patience(),
        );
        let mut connector = Metered { inner, meter: stage.meter.clone() };
        let mut guard = Guard::new(plan_to_run, &fabric, options).unwrap();
        let mut backup = Duration::ZERO;
        let never = std::future::pending();
        let open = (BEFORE.parse().unwrap(), session);
        let outcome = run_guarded(&mut guard, open, &mut connector, never, |progress| {
            if let Progress::Waiting(time, _) = progress {
                backup += time;
            }
        })
        .await;
        assert_eq!(outcome, Outcome::Applied { saved: Ok(()) });

        let facts = read_facts(&mut stage.connect(AFTER).await).await.unwrap();
        let left = plan(&facts.state, &desired(&spec, &facts.state), &fabric_of(&facts));
        assert!(left.steps.is_empty());
        backup
    });
    let total = began.elapsed();
    assert!(stage.host.saved_state().same_configuration(&stage.host.state()));
    runtime.block_on(stage.host.shutdown());
    let mute = *stage.meter.mute.lock().unwrap();
    told.push(Times {
        total,
        mute,
        backup,
        connections: stage.meter.connections.load(Ordering::Relaxed),
        execs: stage.meter.execs.load(Ordering::Relaxed),
    });
    total.saturating_sub(mute + backup + SCRIPT_WAITS)
}

/// A fresh host and a way in.
struct Stage {
    host: SimHost,
    options: ConnectOptions,
    meter: Arc<Meter>,
    _folder: tempfile::TempDir,
}

impl Stage {
    async fn open() -> Stage {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = tempfile::tempdir().unwrap();
        let key = KeyPair::generate().unwrap();
        key.write_private(&folder.path().join("key")).unwrap();
        let state = factory_host();
        let fabric = MAAS.fabric(&state);
        let name = format!("bench{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let mut config = SimConfig::new(name, Machine::new(state), fabric);
        config.authorized_keys = vec![key.public_line()];
        let host = SimHost::start(config).await.unwrap();
        let map = folder.path().join("ready.json");
        host.write_ready_file(&map).unwrap();
        let mut options = ConnectOptions::new(Credentials::none().key(folder.path().join("key")));
        options.host_keys = HostKeyPolicy::PinnedFingerprint(host.fingerprint().parse().unwrap());
        options.address_map = Some(AddressMap::file(map));
        Stage { host, options, meter: Arc::default(), _folder: folder }
    }

    fn target(&self, address: &str) -> Target {
        format!("ssh://root@{address}").parse().unwrap()
    }

    async fn connect(&self, address: &str) -> Counted {
        self.meter.connections.fetch_add(1, Ordering::Relaxed);
        let session = Session::connect(&self.target(address), &self.options).await.unwrap();
        Counted(session, self.meter.clone())
    }
}

/// What is counted.
#[derive(Debug, Default)]
struct Meter {
    execs: AtomicUsize,
    connections: AtomicUsize,
    mute: Mutex<Duration>,
}

/// A connection whose commands are counted, and the time it was mute in the end.
struct Counted(Session, Arc<Meter>);

impl Transport for Counted {
    async fn exec(&mut self, command: &str, stdin: &[u8]) -> Result<ExecOutput, TransportError> {
        self.1.execs.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        let result = self.0.exec(command, stdin).await;
        if result.is_err() {
            *self.1.mute.lock().unwrap() += began.elapsed();
        }
        result
    }
}

/// Connections whose failures are timed.
struct Metered {
    inner: SshConnector,
    meter: Arc<Meter>,
}

impl Connector for Metered {
    type Connection = Counted;

    async fn connect(&mut self, addresses: &[IpAddr]) -> Result<(IpAddr, Counted), NotConnected> {
        let mut failed = NotConnected { why: "no address".into(), other_key: false };
        for address in addresses {
            self.meter.connections.fetch_add(1, Ordering::Relaxed);
            let began = Instant::now();
            match self.inner.connect(std::slice::from_ref(address)).await {
                Ok((address, session)) => return Ok((address, Counted(session, self.meter.clone()))),
                Err(why) => failed = why,
            }
            *self.meter.mute.lock().unwrap() += began.elapsed();
        }
        Err(failed)
    }
}
