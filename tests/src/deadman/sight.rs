//! What is seen of a host: whether it answers, and what it says. Both are worked out once for each state.

use crate::referee::{Verdict, World};
use esxi_core::model::{Machine, facts};
use esxi_core::reach::Fabric;
use esxi_core::state::HostState;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Mutex;

/// The world around a host, with what was found out already.
#[derive(Debug)]
pub struct Sight {
    truth: Fabric,
    /// The provider lets frames of no other MAC address of `vmk0` pass.
    bound: bool,
    known: Mutex<Vec<Known>>,
}

#[derive(Debug)]
struct Known {
    state: HostState,
    answers: BTreeMap<(IpAddr, IpAddr), bool>,
    facts: Option<String>,
}

/// Stands in a kept answer for what differs each time.
const CONNECTION: &str = "@connection@";
const RUNS: &str = "@runs@";
const EPOCH: u64 = 4_102_444_800;

impl Sight {
    /// This is the whole truth about the world. `bound`: its switch knows the card's own MAC address only.
    pub fn new(truth: Fabric, bound: bool) -> Sight {
        Sight { truth, bound, known: Mutex::new(Vec::new()) }
    }

    /// Whether only the card's own MAC address passes.
    pub fn is_bound(&self) -> bool {
        self.bound
    }

    fn with<T>(&self, state: &HostState, work: impl FnOnce(&mut Known) -> T) -> T {
        let mut known = self.known.lock().unwrap();
        let at = known.iter().position(|known| known.state == *state).unwrap_or_else(|| {
            known.push(Known { state: state.clone(), answers: BTreeMap::new(), facts: None });
            known.len() - 1
        });
        work(&mut known[at])
    }

    /// Whether a client certainly gets an answer. What depends on chance is no answer.
    pub fn answers(&self, state: &HostState, client: IpAddr, server: IpAddr) -> bool {
        self.with(state, |known| {
            *known.answers.entry((client, server)).or_insert_with(|| {
                let foreign = self.bound && has_foreign_mac(state, server);
                !foreign && World::new(state, &self.truth).answers_in_truth(client, server) == Verdict::Yes
            })
        })
    }

    /// What the facts script prints in this state.
    pub(super) fn facts(
        &self,
        state: &HostState,
        session: &facts::Session,
        machine: impl FnOnce() -> Machine,
    ) -> String {
        let text = self.with(state, |known| {
            known
                .facts
                .get_or_insert_with(|| {
                    let session = facts::Session {
                        ssh_connection: CONNECTION.to_owned(),
                        epoch: EPOCH,
                        runs: vec![RUNS.to_owned()],
                    };
                    facts::collect(&mut machine(), facts::Form::Xml, Some(&session))
                })
                .clone()
        });
        text.replace(CONNECTION, &session.ssh_connection)
            .replace(RUNS, &session.runs.join("\n"))
            .replace(&EPOCH.to_string(), &session.epoch.to_string())
    }
}

/// Whether the adapter that holds an address has a MAC address that no card has.
fn has_foreign_mac(state: &HostState, server: IpAddr) -> bool {
    let holder = state.vmkernel.values().find(|vmk| vmk.addresses().any(|net| net.addr() == server));
    holder.is_some_and(|vmk| state.nics.values().all(|nic| Some(nic.mac) != vmk.mac))
}
