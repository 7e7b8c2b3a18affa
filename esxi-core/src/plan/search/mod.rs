//! From moves to an order.
//!
//! The states that can be met between two ends form a graph: its edges are the commands that [`moves`] offers and the
//! steps of [`helpers`]. Sought is a path to the goal on which management answers after every step or, where there is
//! none, one with the smallest dark window: the fewest steps in a row after which it is not known to answer, then the
//! fewest of these altogether, then the fewest after which it is known not to. Helpers are used only where management
//! is known to answer at the start: where it is not, a plan may not become longer to change that for a moment.
//!
//! The whole graph is searched, but for two things that change no answer. Commands that cannot touch what carries
//! management ([`Scope`]) are not tried in every order: they come as soon as management answers, what takes away last.
//! And cards that are alike are lent in one order only. Should a graph be larger than [`BOUND`] all the same, the plan
//! says that the search was cut.

mod best;
mod helpers;
mod scope;

use super::PlanOptions;
use super::moves::moves;
use super::undo::settled;
use crate::command::{Command, alternatives, apply};
use crate::reach::{Answer, Fabric, Finding, Reach, management};
use crate::state::HostState;
use helpers::{Aid, Helpers, Used};
use scope::Scope;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

/// One executed move.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) command: Command,
    pub(super) after: Rc<HostState>,
    pub(super) reach: Rc<Reach>,
}

/// What a search found.
pub(super) struct Order {
    /// The moves.
    pub(super) moves: Vec<Move>,
    /// False when the goal cannot be reached.
    pub(super) reached: bool,
    /// So many states were looked at when the search was given up; the order may not be the best one.
    pub(super) cut: Option<usize>,
}

/// How many states a search may make. A plan for one host needs tens to thousands; the bound keeps a host with very many
/// cards and no safe order from taking minutes.
const BOUND: usize = 60_000;

/// The best order of moves from `now` to `goal`.
pub(super) fn order(now: &HostState, goal: &HostState, fabric: &Fabric, options: &PlanOptions) -> Order {
    order_within(BOUND, now, goal, fabric, options)
}

/// The same with another bound.
pub(super) fn order_within(
    bound: usize,
    now: &HostState,
    goal: &HostState,
    fabric: &Fabric,
    options: &PlanOptions,
) -> Order {
    let mut search = Search {
        start: now,
        goal,
        fabric,
        reach: HashMap::new(),
        moves: HashMap::new(),
        nexts: HashMap::new(),
        made: 0,
        bound,
    };
    let (path, end) = search.sorted();
    let done = |moves| Order { moves, reached: true, cut: None };
    if path.is_empty() || !settled(&end, goal) {
        return Order { reached: settled(&end, goal), ..done(search.judged(path)) };
    }
    let ends = management(&end, fabric).answer;
    // Where nobody can know and where the end is dark, no order is better than another.
    if fabric.client().is_none() || ends == Answer::No {
        return done(search.judged(path));
    }
    let start = Rc::new(now.clone());
    let scope = Scope::of([now, goal], fabric, false, []);
    if ends == Answer::Yes {
        let mut lit = Lit { search: &mut search, scope: &scope, path: Vec::new(), dead_ends: HashSet::new() };
        let key = key(&start);
        if lit.from(&start, key) {
            return done(lit.path);
        }
    }
    let plain = search.smallest_window(&scope, ends);
    let helped = plain.as_ref().and_then(|plain| search.with_helpers(options, ends, plain));
    let cut = (search.made >= search.bound).then_some(search.made);
    match helped.or(plain) {
        Some(moves) => Order { cut, ..done(moves) },
        None => Order { cut, ..done(search.judged(path)) },
    }
}

/// Counts of a path's steps after which management is not known to answer: the most in a row, all, and those after
/// which it is known not to.
fn darkness(path: &[Move]) -> (usize, usize, usize) {
    let (mut run, mut longest, mut all, mut dark) = (0, 0, 0, 0);
    for step in path {
        run = if step.reach.answer == Answer::Yes { 0 } else { run + 1 };
        longest = longest.max(run);
        all += usize::from(step.reach.answer != Answer::Yes);
        dark += usize::from(step.reach.answer == Answer::No);
    }
    (longest, all, dark)
}

struct Search<'a> {
    start: &'a HostState,
    goal: &'a HostState,
    fabric: &'a Fabric,
    /// The answer in each state that was met.
    reach: HashMap<u64, Rc<Reach>>,
    /// The moves of each state that was met: searches for windows of several sizes meet the same states.
    moves: HashMap<u64, Rc<Vec<Command>>>,
    /// Where commands lead from there; `None` when the host refuses.
    nexts: HashMap<(u64, Command), Option<Rc<Next>>>,
    made: usize,
    bound: usize,
}

/// A state with what follows from it.
struct Next {
    after: Rc<HostState>,
    key: u64,
    /// The answer at the moment after the command.
    reach: Rc<Reach>,
}

impl Search<'_> {
    /// The moves in their order of preference, without regard to management, and where they lead.
    fn sorted(&self) -> (Vec<(Command, Rc<HostState>)>, Rc<HostState>) {
        let mut state = Rc::new(self.start.clone());
        let mut path = Vec::new();
        // Every move removes one difference; a host has far fewer than this.
        for _ in 0..10_000 {
            let next = moves(&state, self.goal).into_iter().find_map(|command| {
                let mut after = (*state).clone();
                apply(&mut after, &command).ok().map(|()| (command, Rc::new(after)))
            });
            let Some((command, after)) = next else { break };
            state = Rc::clone(&after);
            path.push((command, after));
        }
        (path, state)
    }

    fn judged(&mut self, path: Vec<(Command, Rc<HostState>)>) -> Vec<Move> {
        let mut before = Rc::new(self.start.clone());
        let mut moves = Vec::with_capacity(path.len());
        for (command, after) in path {
            let reach = self.reach_after(&before, &after, key(&after), &command);
            before = Rc::clone(&after);
            moves.push(Move { command, after, reach });
        }
        moves
    }

    /// The best order of the difference alone.
    fn smallest_window(&mut self, scope: &Scope, ends: Answer) -> Option<Vec<Move>> {
        let from = || best::Aim { scope, helpers: None, ends, window: None, below: None };
        let mut found = best::best(self, &from())?;
        let (longest, ..) = darkness(&found);
        for window in 1..longest {
            if let Some(path) = best::best(self, &best::Aim { window: Some(window), ..from() }) {
                found = path;
                break;
            }
        }
        Some(found)
    }

    /// A better one with helpers.
    fn with_helpers(&mut self, options: &PlanOptions, ends: Answer, plain: &[Move]) -> Option<Vec<Move>> {
        let (start, goal, fabric) = (self.start, self.goal, self.fabric);
        // What is not known to answer now has nothing to lose.
        if management(start, fabric).answer != Answer::Yes {
            return None;
        }
        let helpers = Helpers::new(start, goal, fabric, options)?;
        let scope = helpers.scope();
        let (longest, all, dark) = darkness(plain);
        let first = usize::from(ends != Answer::Yes);
        (first..=longest).find_map(|window| {
            let below = (window == longest).then_some((all, dark));
            let window = Some(window);
            best::best(self, &best::Aim { scope: &scope, helpers: Some(&helpers), ends, window, below })
        })
    }

    /// Executes a command; `None` when the host would refuse it. One that is neutral changes no answer.
    fn next(&mut self, before: &HostState, at: u64, command: &Command, neutral: bool) -> Option<Rc<Next>> {
        if let Some(known) = self.nexts.get(&(at, command.clone())) {
            return known.clone();
        }
        let mut after = before.clone();
        let next = apply(&mut after, command).ok().map(|()| {
            self.made += 1;
            let key = key(&after);
            if neutral {
                let same = self.standing(before, at);
                self.reach.insert(key, same);
            }
            let reach = self.reach_after(before, &after, key, command);
            Rc::new(Next { after: Rc::new(after), key, reach })
        });
        self.nexts.insert((at, command.clone()), next.clone());
        next
    }

    /// The moves of a state.
    fn moves_of(&mut self, host: &HostState, key: u64) -> Rc<Vec<Command>> {
        let goal = self.goal;
        Rc::clone(self.moves.entry(key).or_insert_with(|| Rc::new(moves(host, goal))))
    }

    /// The answer in a state.
    fn standing(&mut self, host: &HostState, key: u64) -> Rc<Reach> {
        let fabric = self.fabric;
        Rc::clone(self.reach.entry(key).or_insert_with(|| Rc::new(management(host, fabric))))
    }

    /// The answer after a command, in the worst of the readings that ESXi's behaviour allows.
    fn reach_after(
        &mut self,
        before: &HostState,
        after: &HostState,
        key: u64,
        command: &Command,
    ) -> Rc<Reach> {
        let reach = self.standing(after, key);
        if reach.answer == Answer::No {
            return reach;
        }
        for other in alternatives(after, command) {
            let mut worse = management(&other, self.fabric);
            if worse.answer < reach.answer {
                worse.answer = Answer::Unknown;
                return Rc::new(worse.with(Finding::SeveralReadings));
            }
        }
        bounce(before, command, reach)
    }

    /// The moves of a state: those whose place in the order matters, and else the one that comes next.
    fn choices(&mut self, host: &HostState, key: u64, scope: &Scope, ends: Answer) -> Choices {
        let lit = self.standing(host, key).answer == Answer::Yes;
        let all = self.moves_of(host, key);
        if all.is_empty() {
            return if settled(host, self.goal) { Choices::Arrived } else { Choices::Several(Vec::new()) };
        }
        let (neutral, matter): (Vec<_>, Vec<_>) =
            all.iter().cloned().partition(|command| scope.is_neutral(host, command));
        // What takes away waits, unless management will not answer then.
        let first = neutral.iter().position(|command| !takes(command) || ends != Answer::Yes);
        let at = if lit { first } else { None };
        match at.or((matter.is_empty()).then_some(0)) {
            Some(at) => match neutral.into_iter().nth(at) {
                Some(command) => Choices::One(command),
                None => Choices::Several(matter),
            },
            // In the dark nothing is done beside the way to the light, but what makes that way.
            None => {
                let enabling = neutral.into_iter().filter(|command| scope.enables(host, command));
                Choices::Several(matter.into_iter().chain(enabling).collect())
            }
        }
    }
}

enum Choices {
    Arrived,
    One(Command),
    Several(Vec<Command>),
}

/// Whether a command takes something away.
fn takes(command: &Command) -> bool {
    matches!(
        command,
        Command::VswitchRemove { .. }
            | Command::UplinkRemove { .. }
            | Command::PortGroupRemove { .. }
            | Command::VmkRemove { .. }
            | Command::VmkIpv6Remove { .. }
            | Command::VmkTagRemove { .. }
            | Command::RouteRemove { .. }
    )
}

/// Depth-first over moves of the difference after which management answers, in their order of preference.
struct Lit<'a, 'b> {
    search: &'a mut Search<'b>,
    scope: &'a Scope,
    path: Vec<Move>,
    /// States from which no lit way leads on.
    dead_ends: HashSet<u64>,
}

impl Lit<'_, '_> {
    fn from(&mut self, now: &Rc<HostState>, key: u64) -> bool {
        let (neutral, commands) = match self.search.choices(now, key, self.scope, Answer::Yes) {
            Choices::Arrived => return true,
            Choices::One(command) => (true, vec![command]),
            Choices::Several(commands) => (false, commands),
        };
        for command in commands {
            if self.search.made >= self.search.bound {
                return false;
            }
            let Some(next) = self.search.next(now, key, &command, neutral) else { continue };
            if next.reach.answer != Answer::Yes || self.dead_ends.contains(&next.key) {
                continue;
            }
            let (after, reach) = (Rc::clone(&next.after), Rc::clone(&next.reach));
            self.path.push(Move { command, after, reach });
            if self.from(&next.after, next.key) {
                return true;
            }
            self.path.pop();
            self.dead_ends.insert(next.key);
        }
        false
    }
}

/// Changing the MTU of a vSwitch may reset its uplinks (documented for distributed switches, believed for
/// standard ones), so management is not known to answer at that moment if it uses that vSwitch.
fn bounce(before: &HostState, command: &Command, reach: Rc<Reach>) -> Rc<Reach> {
    let Command::VswitchSet { vswitch, mtu: Some(_), .. } = command else { return reach };
    let carries = before.management_vmks().into_iter().any(|vmk| {
        let group = before.port_groups.get(&before.vmkernel[vmk].port_group);
        group.is_some_and(|group| group.vswitch == *vswitch)
    });
    if !carries || reach.answer != Answer::Yes {
        return reach;
    }
    let unknown = Reach { answer: Answer::Unknown, ..(*reach).clone() };
    Rc::new(unknown.with(Finding::UplinksMayBounce { vswitch: vswitch.clone() }))
}

/// A number for what commands can change of a host.
fn key(host: &HostState) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&host.vswitches, &host.port_groups, &host.vmkernel, &host.routes, &host.dns).hash(&mut hasher);
    hasher.finish()
}
