//! Uniform-cost search: the path with the fewest moments without an answer.

use super::{Aid, Choices, Helpers, Move, Scope, Search, Used, key};
use crate::reach::{Answer, Reach};
use crate::state::HostState;
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::rc::Rc;

/// What is sought.
pub(super) struct Aim<'a> {
    pub(super) scope: &'a Scope,
    pub(super) helpers: Option<&'a Helpers<'a>>,
    /// The answer in the end.
    pub(super) ends: Answer,
    /// The most steps in a row without a known answer; `None` = any number.
    pub(super) window: Option<usize>,
    /// Only paths with fewer such steps, or as many and fewer of them dark.
    pub(super) below: Option<(usize, usize)>,
}

/// What a path costs, the weightiest first. The last part estimates the commands from start to goal: it only decides
/// between paths that are equally good, and in what order they are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Cost {
    not_lit: usize,
    dark: usize,
    helpers: usize,
    commands: usize,
}

/// A state on a path.
struct Node {
    host: Rc<HostState>,
    key: u64,
    used: Used,
    /// Steps in a row without a known answer, up to here.
    run: usize,
    cost: Cost,
    steps: usize,
    /// The node before and the moves from there.
    from: Option<(usize, Vec<Move>)>,
}

/// The path of the least cost; `None` when there is none, or the search ran out of its bound.
pub(super) fn best(search: &mut Search<'_>, aim: &Aim<'_>) -> Option<Vec<Move>> {
    let start = Rc::new(search.start.clone());
    let key = key(&start);
    let mut nodes = vec![Node {
        host: start,
        key,
        used: Used::default(),
        run: 0,
        cost: Cost::default(),
        steps: 0,
        from: None,
    }];
    let mut queue = BinaryHeap::from([Reverse((Cost::default(), 0_usize))]);
    let mut closed: HashSet<u64> = HashSet::new();
    while let Some(Reverse((_, at))) = queue.pop() {
        let node = &nodes[at];
        if !closed.insert(place(node, aim)) {
            continue;
        }
        let host = Rc::clone(&node.host);
        let mut neutral = false;
        let aids = match search.choices(&host, node.key, aim.scope, aim.ends) {
            Choices::Arrived => return Some(path(&nodes, at)),
            Choices::One(command) => {
                neutral = true;
                vec![(vec![command], node.used.clone())]
            }
            Choices::Several(commands) => {
                let used = &node.used;
                let mut aids: Vec<Aid> =
                    commands.into_iter().map(|command| (vec![command], used.clone())).collect();
                if let Some(helpers) = aim.helpers {
                    aids.extend(helpers.steps(&host, aim.scope, used));
                }
                aids
            }
        };
        for (commands, used) in aids {
            if search.made >= search.bound {
                return None;
            }
            let Some(made) = walk(search, &nodes[at], (commands, used), neutral, aim) else { continue };
            if closed.contains(&place(&made, aim)) {
                continue;
            }
            queue.push(Reverse((made.cost, nodes.len())));
            nodes.push(Node { from: made.from.map(|(_, moves)| (at, moves)), ..made });
        }
    }
    None
}

/// The node that commands lead to; `None` when one is refused or the path is not wanted any more.
fn walk(
    search: &mut Search<'_>,
    from: &Node,
    (commands, used): Aid,
    neutral: bool,
    aim: &Aim<'_>,
) -> Option<Node> {
    let mut node = Node {
        host: Rc::clone(&from.host),
        key: from.key,
        run: from.run,
        cost: from.cost,
        used,
        from: None,
        steps: from.steps,
    };
    let mut moves: Vec<Move> = Vec::with_capacity(commands.len());
    for command in commands {
        let next = search.next(&node.host, node.key, &command, neutral)?;
        (node.run, node.cost) = weigh(&next.reach, node.run, node.cost);
        (node.host, node.key) = (Rc::clone(&next.after), next.key);
        node.steps += 1;
        moves.push(Move { command, after: Rc::clone(&next.after), reach: Rc::clone(&next.reach) });
        let too_long = aim.window.is_some_and(|window| node.run > window);
        let no_better = aim.below.is_some_and(|below| (node.cost.not_lit, node.cost.dark) >= below);
        if too_long || no_better {
            return None;
        }
    }
    node.cost.helpers = node.used.count();
    node.cost.commands = node.steps + search.moves_of(&node.host, node.key).len();
    node.from = Some((0, moves));
    Some(node)
}

fn weigh(reach: &Reach, run: usize, mut cost: Cost) -> (usize, Cost) {
    if reach.answer == Answer::Yes {
        return (0, cost);
    }
    cost.not_lit += 1;
    cost.dark += usize::from(reach.answer == Answer::No);
    (run + 1, cost)
}

/// What decides which paths lead on from a node.
fn place(node: &Node, aim: &Aim<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    let run = if aim.window.is_some() { node.run } else { 0 };
    (node.key, run, &node.used).hash(&mut hasher);
    hasher.finish()
}

fn path(nodes: &[Node], end: usize) -> Vec<Move> {
    let mut at = end;
    let mut parts: Vec<&Vec<Move>> = Vec::new();
    while let Some((before, moves)) = &nodes[at].from {
        parts.push(moves);
        at = *before;
    }
    parts.into_iter().rev().flatten().cloned().collect()
}
