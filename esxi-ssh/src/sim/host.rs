//! A running simulated host: boots, executes, saves, loses power.

use super::config::{JailMode, SimConfig, Vantage};
use super::cron::Cron;
use super::event::Event;
use super::faults::{Alarm, Faults, Now};
use super::jail::{Entrance, Holder, Inside, Jail, shipped, socket_path};
use super::ready::{HostInfo, ReadyBook};
use super::world::{Reply, World};
use super::{SimError, control, cron, sshd};
use esxi_core::model::{Call, Output};
use esxi_core::scenario::FaultRule;
use russh::keys::PublicKey;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Handle;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinSet;

/// What every task of a host shares.
pub(crate) struct Shared {
    pub(crate) config: SimConfig,
    pub(crate) ssh: sshd::Server,
    pub(crate) events: broadcast::Sender<Event>,
    pub(crate) connections: AtomicU64,
    world: Mutex<World>,
    jail: Option<Jail>,
    entrance: Mutex<Option<Entrance>>,
    cron: Mutex<Cron>,
    power: tokio::sync::Mutex<Option<Power>>,
    ready_file: Mutex<Option<(Arc<ReadyBook>, usize)>>,
    stop: watch::Sender<bool>,
    runtime: Handle,
    _base: tempfile::TempDir,
}

/// What ends with the present boot: the tasks are dropped with it.
struct Power {
    boot: u64,
    off: oneshot::Sender<()>,
    ended: tokio::task::JoinHandle<()>,
    _tasks: JoinSet<()>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) async fn start(mut config: SimConfig) -> Result<Arc<Shared>, SimError> {
        config.check()?;
        let ssh = sshd::Server::new(&mut config)?;
        let base = tempfile::Builder::new().prefix("esxi-sim-").tempdir();
        let base = base.map_err(SimError::io("make a directory for the simulated host"))?;
        let jail = match config.jail {
            JailMode::Off => None,
            _ => Some(Jail::prepare(&config, base.path())?),
        };
        let (events, _) = broadcast::channel(4096);
        let (alarms, ringing) = mpsc::unbounded_channel();
        let (strikes, striking) = mpsc::unbounded_channel();
        let mut world = World::new(&config, events.clone(), Faults::new(alarms, strikes));
        world.saved.files = shipped::kept(&config);
        let host = Arc::new(Shared {
            ssh,
            events,
            connections: AtomicU64::new(0),
            world: Mutex::new(world),
            jail,
            entrance: Mutex::default(),
            cron: Mutex::default(),
            power: tokio::sync::Mutex::default(),
            ready_file: Mutex::default(),
            stop: watch::Sender::new(false),
            runtime: Handle::current(),
            _base: base,
            config,
        });
        let mut power = host.power.lock().await;
        *power = Some(host.boot().await?);
        drop(power);
        host.world().write_down_host();
        tokio::spawn(mind_alarms(ringing, striking, Arc::downgrade(&host)));
        for rule in &host.config.faults {
            host.inject(rule.clone())?;
        }
        Ok(host)
    }

    /// The locked state.
    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// Tells whoever watches.
    pub(crate) fn tell(&self, event: Event) {
        // Nobody watching is no error.
        let _ = self.events.send(event);
    }

    /// Becomes true, or closed, when the host is shut down for good.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Executes a command of the model as if typed on the host, with all that follows from it. `None` when the
    /// host goes down with it.
    pub(crate) async fn carry_out(
        self: &Arc<Self>,
        call: &Call<'_>,
        client: Option<IpAddr>,
    ) -> Option<Output> {
        let latency = self.config.latency + self.world().faults.latency();
        if latency > Duration::ZERO {
            tokio::time::sleep(latency).await;
        }
        let mut world = self.world();
        let reply = world.execute(&self.config, call, client, None);
        let output = match reply {
            Reply::Output(output) => Some(output),
            Reply::Save(output) => {
                self.save(&mut world);
                Some(output)
            }
            // Nothing switches a simulated host on again but itself: halt boots, too.
            Reply::Shutdown => {
                self.save(&mut world);
                self.lose_power(&mut world);
                None
            }
            Reply::PowerCycle => {
                self.lose_power(&mut world);
                None
            }
            Reply::Off => None,
        };
        self.listen(&mut world);
        output
    }

    /// Takes a rule up; it may strike at once. Returns its number.
    pub(crate) fn inject(self: &Arc<Self>, rule: FaultRule) -> Result<u64, SimError> {
        let mut world = self.world();
        let (id, now) = world.inject(rule)?;
        self.after(now, &mut world);
        Ok(id)
    }

    /// A rule's moment has come.
    fn strike(self: &Arc<Self>, id: u64) {
        let mut world = self.world();
        let now = world.strike(id);
        self.after(now, &mut world);
    }

    /// Ends a fault. False when there is none of this number.
    pub(crate) fn lift(self: &Arc<Self>, id: u64) -> bool {
        let mut world = self.world();
        let there = world.lift(id);
        self.listen(&mut world);
        there
    }

    fn after(self: &Arc<Self>, now: Now, world: &mut World) {
        if now == Now::PowerLoss {
            self.lose_power(world);
        }
        self.listen(world);
    }

    /// Changes the world from outside and lets it react.
    pub(crate) fn change<R>(self: &Arc<Self>, change: impl FnOnce(&mut World) -> R) -> R {
        let mut world = self.world();
        let result = change(&mut world);
        world.settle();
        self.listen(&mut world);
        result
    }

    /// Saves the configuration: what the next boot comes back to.
    pub(crate) fn save(&self, world: &mut World) {
        world.saved.machine = world.machine.clone();
        if let Some((files, _)) = &world.files {
            let (version, time) = (world.machine.state.version, world.host_time());
            let files = Arc::clone(files);
            match super::jail::save(&files, &mut world.saved.files, version, time) {
                Ok(bank) => world.saved.bank = bank,
                Err(error) => {
                    let text = format!("cannot write the boot bank: {error}");
                    world.tell(Event::Problem { text });
                }
            }
        }
        world.tell(Event::Saved);
    }

    /// Takes the power away at once and has the host boot again.
    fn lose_power(self: &Arc<Self>, world: &mut World) {
        if !world.powered {
            return;
        }
        world.power_off();
        *lock(&self.entrance) = None;
        let host = Arc::clone(self);
        self.runtime.spawn(async move {
            if let Err(error) = host.come_back().await {
                host.world().tell(Event::Problem { text: error.to_string() });
            }
        });
    }

    /// Power off and on; returns when the host is up.
    pub(crate) async fn power_cycle(self: &Arc<Self>) -> Result<(), SimError> {
        {
            let mut world = self.world();
            if world.powered {
                world.power_off();
                *lock(&self.entrance) = None;
            }
        }
        self.come_back().await
    }

    /// Ends what is left of the last boot and boots, unless somebody else did.
    async fn come_back(self: &Arc<Self>) -> Result<(), SimError> {
        let mut power = self.power.lock().await;
        if self.world().powered || *self.stop.borrow() {
            return Ok(());
        }
        if let Some(old) = power.take() {
            let boot = old.boot;
            old.end().await;
            if let Some(jail) = &self.jail {
                jail.drop_tree(boot);
            }
        }
        *power = Some(self.boot().await?);
        Ok(())
    }

    /// Boots: files, jail, applets' socket, start script, and then the network.
    async fn boot(self: &Arc<Self>) -> Result<Power, SimError> {
        let (boot, mut saved, uuid) = {
            let world = self.world();
            (world.boots + 1, world.saved.clone(), world.new_uuid())
        };
        let mut tasks = JoinSet::new();
        let (off, off_asked) = oneshot::channel();
        let ended = match &self.jail {
            None => tokio::spawn(async {}),
            Some(jail) => {
                if let Some(edited) = jail.edited_bank(&saved.machine, &saved.bank) {
                    saved.files.extend(edited);
                }
                let mut tree = jail.make_tree(boot, &mut saved.machine, &saved.files, || uuid)?;
                let socket = socket_path(&tree.root);
                let listener =
                    UnixListener::bind(&socket).map_err(SimError::io("open the applets' socket"))?;
                open_to_all(&socket).map_err(SimError::io("open the applets' socket"))?;
                tasks.spawn(control::serve(listener, Arc::downgrade(self)));
                {
                    let mut world = self.world();
                    world.files = Some((Arc::clone(&tree.files), std::mem::take(&mut tree.live)));
                    world.saved.machine = saved.machine.clone();
                    if let Some(error) = &tree.problem {
                        let text = format!("not every file of the host can be made: {error}");
                        world.tell(Event::Problem { text });
                    }
                }
                let holder = jail.boot(&tree, &saved.machine).await?;
                let entrance = holder.entrance.clone();
                *lock(&self.entrance) = Some(entrance.clone());
                let ended = tokio::spawn(hold(holder, off_asked, Arc::downgrade(self), boot));
                self.world().power_on();
                let local = saved.files.get(shipped::LOCAL_SH);
                let changed = local.is_some_and(|text| text != shipped::LOCAL_SH_TEXT.as_bytes());
                if changed && !self.config.secure_boot {
                    self.run_local_sh(&entrance);
                }
                ended
            }
        };
        if self.jail.is_none() {
            tasks.spawn(cron::stand_in(Arc::downgrade(self)));
        }
        if self.config.scheduler {
            tasks.spawn(cron::run(Arc::downgrade(self)));
        }
        let mut world = self.world();
        if !world.powered {
            world.power_on();
        }
        self.listen(&mut world);
        drop(world);
        Ok(Power { boot, off, ended, _tasks: tasks })
    }

    /// Runs the start script, as ESXi does without Secure Boot.
    fn run_local_sh(&self, entrance: &Entrance) {
        let path = shipped::LOCAL_SH;
        let entry = entrance.enter(&["/bin/sh", path], false);
        let mut command = sshd::session::command(&entry);
        command.stdin(std::process::Stdio::null());
        command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
        if let Err(error) = command.spawn() {
            self.world().tell(Event::Problem { text: format!("cannot run {path}: {error}") });
        }
    }

    /// Opens the listeners that are missing and renews the ready file if there were any. Whoever hears of a
    /// listener finds it in the file.
    fn listen(self: &Arc<Self>, world: &mut World) {
        let missing = world.missing_listeners(&self.config.vantages);
        if missing.is_empty() {
            return;
        }
        let known = world.listeners.len();
        for (vantage, address) in missing {
            if let Err(error) = self.open(world, vantage, address) {
                world.tell(Event::Problem { text: format!("cannot listen for {address}: {error}") });
            }
        }
        let book = lock(&self.ready_file).clone();
        if let Some((book, at)) = book
            && let Err(error) = book.enter(at, self.info(world))
        {
            world.tell(Event::Problem { text: format!("cannot write {}: {error}", book.path().display()) });
        }
        for listener in &world.listeners[known..] {
            let (vantage, port) = (listener.vantage.name.clone(), listener.connect.port());
            world.tell(Event::ListenerAdded { vantage, address: listener.address, port });
        }
        world.settle();
    }

    fn open(self: &Arc<Self>, world: &mut World, vantage: Vantage, address: IpAddr) -> std::io::Result<()> {
        let socket = std::net::TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        socket.set_nonblocking(true)?;
        let connect = socket.local_addr()?;
        let _inside = self.runtime.enter();
        let socket = TcpListener::from_std(socket)?;
        let gate = world.add_listener(vantage.clone(), address, connect);
        let place = sshd::Place { vantage, address, gate };
        self.runtime.spawn(sshd::accept(socket, place, Arc::downgrade(self), self.stopping()));
        Ok(())
    }

    /// What the ready file says of this host.
    pub(crate) fn info(&self, world: &World) -> HostInfo {
        let version = world.machine.state.version.to_string();
        HostInfo::new(&self.config.name, version, self.ssh.keys(), &world.listeners)
    }

    /// Enters this host in a ready file, now and whenever it gets an address.
    pub(crate) fn set_ready_file(&self, book: Arc<ReadyBook>, at: usize) -> Result<(), SimError> {
        let world = self.world();
        let what = format!("write {}", book.path().display());
        book.enter(at, self.info(&world)).map_err(SimError::io(what))?;
        *lock(&self.ready_file) = Some((book, at));
        Ok(())
    }

    /// How to enter the present boot's jail.
    pub(crate) fn entrance(&self) -> Option<Entrance> {
        lock(&self.entrance).clone()
    }

    /// The files of the present boot.
    pub(crate) fn inside(&self) -> Option<Arc<Inside>> {
        self.world().files.as_ref().map(|(files, _)| Arc::clone(files))
    }

    /// The scheduler. Locked after the world, where both are.
    pub(crate) fn cron(&self) -> MutexGuard<'_, Cron> {
        lock(&self.cron)
    }

    /// A small file of the host as it is now. A host without a jail has those that its configuration gives.
    pub(crate) fn file(&self, path: &str) -> Option<Vec<u8>> {
        match self.inside() {
            Some(files) => files.read(path).ok(),
            None => self.world().saved.files.get(path).cloned(),
        }
    }

    /// The host key that clients take by preference.
    pub(crate) fn host_key(&self) -> &PublicKey {
        self.ssh.keys()[0].public_key()
    }

    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Ends the host for good.
    pub(crate) async fn shutdown(&self) {
        self.switch_off();
        if let Some(power) = self.power.lock().await.take() {
            power.end().await;
        }
    }

    /// The part of [`Shared::shutdown`] that needs no waiting.
    pub(crate) fn switch_off(&self) {
        if self.stop.send_replace(true) {
            return;
        }
        let mut world = self.world();
        if world.powered {
            world.power_off();
        }
        *lock(&self.entrance) = None;
        if let Some((book, at)) = lock(&self.ready_file).take() {
            book.leave(at);
        }
        if let Ok(mut power) = self.power.try_lock() {
            // Dropping the switch ends the holder.
            power.take();
        }
    }
}

/// Keeps the first process until it is switched off. When it ends by itself (`reboot -f` from inside), that is
/// a power loss too.
async fn hold(mut holder: Holder, off: oneshot::Receiver<()>, host: Weak<Shared>, boot: u64) {
    tokio::select! {
        _ = holder.child.wait() => {
            let Some(host) = host.upgrade() else { return };
            let mut world = host.world();
            if world.boots == boot {
                host.lose_power(&mut world);
            }
        }
        // Asked, or the host was dropped.
        _ = off => {
            // The first process ends with its input, and the kernel sees to it that it is the last one.
            drop(holder.stdin.take());
            let _ = tokio::time::timeout(Duration::from_secs(5), holder.child.wait()).await;
            let _ = holder.child.kill().await;
        }
    }
}

/// Rings when the moment of a rule comes, until the host is gone.
async fn mind_alarms(
    mut alarms: mpsc::UnboundedReceiver<Alarm>,
    mut strikes: mpsc::UnboundedReceiver<u64>,
    host: Weak<Shared>,
) {
    let mut ringing = JoinSet::new();
    loop {
        tokio::select! {
            alarm = alarms.recv() => {
                let Some(alarm) = alarm else { return };
                let host = host.clone();
                ringing.spawn(async move {
                    let (Alarm::Strike(_, after) | Alarm::Lift(_, after)) = alarm;
                    tokio::time::sleep(after).await;
                    let Some(host) = host.upgrade() else { return };
                    match alarm {
                        Alarm::Strike(id, _) => host.strike(id),
                        Alarm::Lift(id, _) => drop(host.lift(id)),
                    }
                });
            }
            strike = strikes.recv() => {
                let (Some(id), Some(host)) = (strike, host.upgrade()) else { return };
                host.strike(id);
            }
            _ = ringing.join_next(), if !ringing.is_empty() => {}
        }
    }
}

fn open_to_all(socket: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(socket, std::fs::Permissions::from_mode(0o666))
}

impl Power {
    async fn end(self) {
        let Power { off, ended, _tasks, .. } = self;
        drop(off);
        let _ = ended.await;
    }
}
