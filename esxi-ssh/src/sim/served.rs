//! Several hosts in one process, with one ready file and a socket by which they are controlled while they run.

use super::config::SimConfig;
use super::dump::{HostDump, StateDump};
use super::ready::ReadyBook;
use super::{FaultInfo, Record, SimError, SimHost};
use esxi_core::scenario::FaultRule;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt};
use tokio::net::{UnixListener, UnixStream};
use tokio::task::JoinSet;

/// Longest request that is read: a dump of many hosts.
const LONGEST: u64 = 256 << 20;

/// Simulated hosts that are served together. Dropping it ends them.
pub struct SimServer {
    hosts: Arc<Vec<SimHost>>,
    record: Record,
    control: Option<Control>,
}

/// The control socket; only its owner may use it.
struct Control {
    path: PathBuf,
    _folder: tempfile::TempDir,
    _tasks: JoinSet<()>,
}

/// What a running server may be asked for, as one line of JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Request {
    /// The hosts as a [`StateDump`].
    Dump {
        /// Only this one.
        #[serde(default)]
        host: Option<String>,
    },
    /// Make the hosts what a dump says, each by its name.
    Load {
        /// The dump.
        dump: Box<StateDump>,
    },
    /// Have something go wrong.
    Inject {
        /// On this host alone.
        #[serde(default)]
        host: Option<String>,
        /// What, and when.
        rule: FaultRule,
    },
    /// End a fault.
    Lift {
        /// On this host alone.
        #[serde(default)]
        host: Option<String>,
        /// Its number; all of them when absent.
        #[serde(default)]
        fault: Option<u64>,
    },
    /// What goes wrong just now or is about to.
    Faults {
        /// Only on this host.
        #[serde(default)]
        host: Option<String>,
    },
    /// The last lines of the record.
    Log {
        /// Only of this host.
        #[serde(default)]
        host: Option<String>,
    },
}

impl SimServer {
    /// Boots the hosts, all at once. Those without a [record](SimConfig::record) of their own share `record`.
    ///
    /// # Errors
    /// That of the first host that does not boot, or two hosts of one name.
    pub async fn start(configs: Vec<SimConfig>, record: Record) -> Result<SimServer, SimError> {
        for (at, config) in configs.iter().enumerate() {
            if configs[..at].iter().any(|other| other.name == config.name) {
                return Err(SimError::Config(format!("two hosts are called \"{}\"", config.name)));
            }
        }
        let mut booting = JoinSet::new();
        for (at, mut config) in configs.into_iter().enumerate() {
            config.record.get_or_insert_with(|| record.clone());
            booting.spawn(async move { (at, SimHost::start(config).await) });
        }
        let mut hosts = Vec::new();
        for (at, host) in booting.join_all().await {
            hosts.push((at, host?));
        }
        hosts.sort_by_key(|(at, _)| *at);
        let hosts = Arc::new(hosts.into_iter().map(|(_, host)| host).collect());
        Ok(SimServer { hosts, record, control: None })
    }

    /// The hosts.
    pub fn hosts(&self) -> &[SimHost] {
        &self.hosts
    }

    /// Opens the control socket, in a folder of its own that only its owner may enter.
    ///
    /// # Errors
    /// [`SimError::Io`].
    pub fn open_control(&mut self) -> Result<&Path, SimError> {
        let failed = || SimError::io("open the control socket");
        let folder = tempfile::Builder::new().prefix("esxi-sim-control-").tempdir();
        let folder = folder.map_err(failed())?;
        let mode = |mode| std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path(), mode(0o700)).map_err(failed())?;
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).map_err(failed())?;
        std::fs::set_permissions(&path, mode(0o600)).map_err(failed())?;
        let mut tasks = JoinSet::new();
        let (hosts, record) = (Arc::downgrade(&self.hosts), self.record.clone());
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Some(hosts) = hosts.upgrade() else { return };
                // Whoever hangs up half way wants no answer.
                tokio::spawn(answer(stream, hosts, record.clone()));
            }
        });
        Ok(&self.control.insert(Control { path, _folder: folder, _tasks: tasks }).path)
    }

    /// Writes the ready file of all hosts, and again whenever an address appears, until one of them is shut down.
    ///
    /// # Errors
    /// [`SimError::Io`] when it cannot be written now.
    pub fn write_ready_file(&self, path: impl Into<PathBuf>) -> Result<(), SimError> {
        let control = self.control.as_ref().map(|control| control.path.clone());
        let book = Arc::new(ReadyBook::new(path.into(), self.hosts.len(), control));
        for (at, host) in self.hosts.iter().enumerate() {
            host.shared.set_ready_file(Arc::clone(&book), at)?;
        }
        Ok(())
    }

    /// Ends the hosts; returns when all that ran on them has ended.
    pub async fn shutdown(&mut self) {
        self.control = None;
        let mut ending = JoinSet::new();
        for at in 0..self.hosts.len() {
            let hosts = Arc::clone(&self.hosts);
            ending.spawn(async move { hosts[at].shutdown().await });
        }
        ending.join_all().await;
    }
}

impl std::fmt::Debug for SimServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SimServer").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

async fn answer(stream: UnixStream, hosts: Arc<Vec<SimHost>>, record: Record) -> std::io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut line = String::new();
    let mut from = tokio::io::BufReader::new(tokio::io::AsyncReadExt::take(from, LONGEST));
    from.read_line(&mut line).await?;
    let reply = match serde_json::from_str(&line) {
        Ok(request) => carry_out(request, &hosts, &record).await,
        Err(error) => Err(format!("the request is not understood: {error}")),
    };
    let reply = match reply {
        Ok(mut reply) => {
            if let Value::Object(fields) = &mut reply {
                fields.insert("schema".to_owned(), json!(1));
            }
            reply
        }
        Err(message) => json!({ "schema": 1, "error": message }),
    };
    to.write_all(format!("{reply}\n").as_bytes()).await?;
    to.shutdown().await
}

/// The hosts that a request is about.
fn chosen<'a>(hosts: &'a [SimHost], name: Option<&str>) -> Result<Vec<&'a SimHost>, String> {
    let Some(name) = name else { return Ok(hosts.iter().collect()) };
    let names = || hosts.iter().map(|host| host.shared.config.name.as_str()).collect::<Vec<_>>().join(", ");
    match hosts.iter().find(|host| host.shared.config.name == name) {
        Some(host) => Ok(vec![host]),
        None => Err(format!("there is no host {name}; hosts: {}", names())),
    }
}

async fn carry_out(request: Request, hosts: &[SimHost], record: &Record) -> Result<Value, String> {
    let name = |host: &SimHost| host.shared.config.name.clone();
    match request {
        Request::Dump { host } => {
            let hosts: Vec<HostDump> =
                chosen(hosts, host.as_deref())?.into_iter().map(SimHost::dump).collect();
            serde_json::to_value(StateDump { schema: 1, hosts }).map_err(|error| error.to_string())
        }
        Request::Load { dump } => {
            if dump.schema != 1 {
                return Err(format!("schema {} of the dump is not known, 1 is", dump.schema));
            }
            let mut pairs = Vec::new();
            for one in dump.hosts {
                pairs.push((chosen(hosts, Some(&one.name))?, one));
            }
            let mut loaded = Vec::new();
            for (host, one) in pairs {
                for host in host {
                    host.restore(one.clone()).await.map_err(|error| error.to_string())?;
                    loaded.push(name(host));
                }
            }
            Ok(json!({ "loaded": loaded }))
        }
        Request::Inject { host, rule } => {
            let mut faults = Vec::new();
            for host in chosen(hosts, host.as_deref())? {
                let fault = host.inject(rule.clone()).map_err(|error| error.to_string())?;
                let mut told = json!({ "host": name(host), "id": fault, "fault": rule.to_string() });
                // What struck at once and is over is neither.
                if let Some(one) = host.faults().iter().find(|one| one.id == fault) {
                    told["active"] = one.active.into();
                }
                faults.push(told);
            }
            Ok(json!({ "faults": faults }))
        }
        Request::Lift { host, fault } => {
            let mut lifted = Vec::new();
            for host in chosen(hosts, host.as_deref())? {
                let there = host.faults().into_iter().filter(|one| fault.is_none_or(|id| id == one.id));
                for FaultInfo { id, fault, .. } in there.collect::<Vec<_>>() {
                    host.lift(id);
                    lifted.push(json!({ "host": name(host), "id": id, "fault": fault }));
                }
            }
            if lifted.is_empty() && fault.is_some() {
                return Err("there is no fault of this number".to_owned());
            }
            Ok(json!({ "faults": lifted }))
        }
        Request::Faults { host } => {
            let of = |host: &&SimHost| {
                let name = name(host);
                host.faults()
                    .into_iter()
                    .map(move |one| json!({ "host": name, "id": one.id, "fault": one.fault, "active": one.active }))
            };
            let faults: Vec<Value> = chosen(hosts, host.as_deref())?.iter().flat_map(of).collect();
            Ok(json!({ "faults": faults }))
        }
        Request::Log { host } => {
            chosen(hosts, host.as_deref())?;
            let lines = record.recent().into_iter().filter_map(|line| serde_json::from_str(&line).ok());
            let mine = |line: &Value| host.as_deref().is_none_or(|host| line["host"] == host);
            Ok(json!({ "lines": lines.filter(mine).collect::<Vec<Value>>() }))
        }
    }
}

/// Asks the server of a control socket. Blocks until it has answered.
///
/// # Errors
/// [`SimError::Io`] when nobody serves there, [`SimError::Refused`] when the server refuses.
pub fn ask(control: &Path, request: &Request) -> Result<Value, SimError> {
    let failed = || SimError::io(format!("ask the simulated hosts at {}", control.display()));
    let mut socket = std::os::unix::net::UnixStream::connect(control).map_err(failed())?;
    let text = serde_json::to_string(request).map_err(|error| SimError::Refused(error.to_string()))?;
    socket.write_all(format!("{text}\n").as_bytes()).map_err(failed())?;
    let mut reply = String::new();
    BufReader::new(socket.take(LONGEST)).read_line(&mut reply).map_err(failed())?;
    let reply: Value =
        serde_json::from_str(&reply).map_err(|error| SimError::Refused(format!("no answer: {error}")))?;
    match reply.get("error").and_then(Value::as_str) {
        Some(message) => Err(SimError::Refused(message.to_owned())),
        None => Ok(reply),
    }
}
