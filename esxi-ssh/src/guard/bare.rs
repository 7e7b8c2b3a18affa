//! A change without the dead-man: the steps are run over the session, one by one. Nothing heals a host that a step
//! locks out.

use super::{Connector, NotConnected, Progress};
use crate::{Transport, read_facts};
use esxi_core::command::shell_line;
use esxi_core::guard::{LeftState, Outcome};
use esxi_core::plan::Plan;
use esxi_core::reach::{Fabric, management_addresses};
use esxi_core::state::HostState;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long a host that was lost in the midst of a step is looked for.
const SEARCH: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(2);

/// How a change without a guard ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unguarded {
    /// Steps that are known to be done, from the first.
    pub done: usize,
    /// How it ended.
    pub outcome: Outcome,
}

/// Runs the steps of a plan over an open session, without an undo on the host, and saves the result when `reached`
/// finds it to be as wanted.
///
/// It stops at the first step that the host refuses. Where the connection is lost in the midst of one, the host is
/// looked for at the addresses of the states before and after it, and its state tells whether the step took effect:
/// if it did, the change goes on.
pub async fn run_unguarded<C: Connector>(
    plan: &Plan,
    reached: impl Fn(&HostState) -> bool + Send,
    open: C::Connection,
    connector: &mut C,
    mut progress: impl FnMut(Progress) + Send,
) -> Unguarded {
    let of = plan.steps.len();
    let mut connection = open;
    let stopped = |done: usize, begun: bool, why: String| {
        let outcome = match (done, begun) {
            (0, false) => Outcome::Unchanged { why },
            _ => Outcome::LeftIn { state: LeftState::Stopped { done, of, begun }, why },
        };
        Unguarded { done, outcome }
    };
    for (at, step) in plan.steps.iter().enumerate() {
        let number = at + 1;
        match connection.exec(&shell_line(&step.command.argv()), b"").await {
            Ok(output) if output.success() => {}
            Ok(output) => {
                let said = [&output.stdout[..], &output.stderr].concat();
                let said = String::from_utf8_lossy(&said);
                return stopped(at, false, format!("step {number} was refused: {}", said.trim()));
            }
            Err(error) => {
                progress(Progress::Trouble(error.to_string()));
                match find(plan, number, connector).await {
                    Ok((address, open, true)) => {
                        progress(Progress::Connected(address));
                        connection = open;
                    }
                    Ok((_, _, false)) => {
                        let why = format!("step {number} did not take effect: {error}");
                        return stopped(at, false, why);
                    }
                    Err(why) => return stopped(at, true, format!("step {number}: {error}; {why}")),
                }
            }
        }
        progress(Progress::Step { number, of });
    }
    let facts = match read_facts(&mut connection).await {
        Ok(facts) => facts,
        Err(error) => return stopped(of, false, format!("the reached state could not be read: {error}")),
    };
    if !reached(&facts.state) {
        return stopped(of, false, "the reached state is not the planned one".to_owned());
    }
    let saved = match connection.exec("/sbin/auto-backup.sh", b"").await {
        Ok(output) if output.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stdout).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    };
    Unguarded { done: of, outcome: Outcome::Applied { saved } }
}

/// Looks for a host that was lost in the midst of a step, and says whether the step took effect.
async fn find<C: Connector>(
    plan: &Plan,
    number: usize,
    connector: &mut C,
) -> Result<(IpAddr, C::Connection, bool), String> {
    let (after, before) = (plan.state_after(number), plan.state_after(number - 1));
    let nowhere = Fabric::default();
    let mut addresses = management_addresses(after, &nowhere);
    for address in management_addresses(before, &nowhere) {
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    let since = Instant::now();
    loop {
        let why = match connector.connect(&addresses).await {
            Ok((address, mut open)) => match read_facts(&mut open).await {
                Ok(facts) if facts.state.same_configuration(after) => return Ok((address, open, true)),
                Ok(facts) if facts.state.same_configuration(before) => return Ok((address, open, false)),
                Ok(_) => return Err("the host is in neither the state before it nor that after it".into()),
                Err(error) => error.to_string(),
            },
            Err(NotConnected { why, other_key: true }) => return Err(why),
            Err(NotConnected { why, .. }) => why,
        };
        if since.elapsed() > SEARCH {
            return Err(format!("the host was not found again: {why}"));
        }
        sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ExecOutput, TransportError};
    use esxi_core::model::facts::{self, Form, collect};
    use esxi_core::model::{self, Machine};
    use esxi_core::plan::plan;
    use esxi_core::state::{Fact, FactoryNic, Ipv4Config, factory};
    use std::sync::{Arc, Mutex};

    /// A host in memory that hangs up at one command, before or after it took effect, or refuses one.
    #[derive(Clone)]
    struct Host(Arc<Mutex<Inner>>);

    struct Inner {
        machine: Machine,
        saves: usize,
        lose_at: Option<(usize, bool)>,
        refuse_at: Option<usize>,
        commands: usize,
    }

    impl Transport for Host {
        async fn exec(&mut self, command: &str, _: &[u8]) -> Result<ExecOutput, TransportError> {
            let mut host = self.0.lock().unwrap();
            if command == facts::script() {
                let text = collect(&mut host.machine, Form::Xml, None);
                return Ok(ExecOutput { stdout: text.into(), status: Some(0), ..ExecOutput::default() });
            }
            if command == "/sbin/auto-backup.sh" {
                host.saves += 1;
                return Ok(ExecOutput { status: Some(0), ..ExecOutput::default() });
            }
            host.commands += 1;
            let number = host.commands;
            let lost = || TransportError::Lost { host: "h".into(), reason: "cut".into() };
            if host.lose_at == Some((number, false)) {
                return Err(lost());
            }
            if host.refuse_at == Some(number) {
                return Ok(ExecOutput { stdout: b"Busy".to_vec(), status: Some(1), ..ExecOutput::default() });
            }
            let argv: Vec<String> =
                command.split(' ').map(|word| word.trim_matches('\'').to_owned()).collect();
            let output = model::run(&mut host.machine, &argv, b"");
            if host.lose_at == Some((number, true)) {
                return Err(lost());
            }
            Ok(ExecOutput {
                stdout: output.stdout,
                stderr: output.stderr,
                status: Some(output.status.into()),
            })
        }
    }

    impl Connector for Host {
        type Connection = Host;
        async fn connect(&mut self, addresses: &[IpAddr]) -> Result<(IpAddr, Host), NotConnected> {
            let state = self.0.lock().unwrap().machine.state.clone();
            let here = addresses.iter().find(|address| state.vmk_with_address(**address).is_some());
            match here {
                Some(address) => Ok((*address, self.clone())),
                None => Err(NotConnected { why: "nobody there".into(), other_key: false }),
            }
        }
    }

    fn setting() -> (Plan, HostState) {
        let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
        let mut start = factory("7.0".parse().unwrap(), &[nic]);
        let address =
            |text: &str| Fact::Known(Ipv4Config::Static { address: text.parse().unwrap(), gateway: None });
        start.vmkernel.get_mut("vmk0").unwrap().ipv4 = address("192.0.2.10/24");
        let mut end = start.clone();
        end.vmkernel.get_mut("vmk0").unwrap().ipv4 = address("192.0.2.11/24");
        end.dns.servers.push("9.9.9.9".parse().unwrap());
        end.dns.servers.push("9.9.9.10".parse().unwrap());
        let plan = plan(&start, &end, &Fabric::default());
        assert_eq!(plan.steps.len(), 3, "{plan:?}");
        (plan, end)
    }

    async fn run(lose_at: Option<(usize, bool)>, refuse_at: Option<usize>) -> (Unguarded, Host, Plan) {
        let (plan, end) = setting();
        let machine = Machine::new(plan.start.clone());
        let inner = Inner { machine, saves: 0, lose_at, refuse_at, commands: 0 };
        let mut host = Host(Arc::new(Mutex::new(inner)));
        let open = host.clone();
        let reached = move |state: &HostState| state.same_configuration(&end);
        let ended = run_unguarded(&plan, reached, open, &mut host, |_| {}).await;
        (ended, host, plan)
    }

    #[tokio::test]
    async fn all_steps_then_it_is_saved() {
        let (ended, host, plan) = run(None, None).await;
        assert_eq!(ended, Unguarded { done: 3, outcome: Outcome::Applied { saved: Ok(()) } });
        let host = host.0.lock().unwrap();
        assert!(host.saves == 1 && host.machine.state.same_configuration(plan.end()));
    }

    #[tokio::test]
    async fn it_stops_at_the_first_refusal_and_says_where() {
        for refused in 1..=3 {
            let (ended, host, plan) = run(None, Some(refused)).await;
            assert_eq!(ended.done, refused - 1);
            let host = host.0.lock().unwrap();
            assert!(host.machine.state.same_configuration(plan.state_after(refused - 1)));
            assert_eq!(host.saves, 0);
            match (refused, ended.outcome) {
                (1, Outcome::Unchanged { why }) => assert!(why.contains("Busy")),
                (_, Outcome::LeftIn { state, why }) => {
                    assert_eq!(state, LeftState::Stopped { done: refused - 1, of: 3, begun: false });
                    assert!(why.contains("Busy"));
                }
                (_, other) => panic!("{other}"),
            }
        }
    }

    #[tokio::test]
    async fn a_lost_connection_is_followed_where_the_step_took_effect() {
        for lost in 1..=3 {
            let (ended, host, plan) = run(Some((lost, true)), None).await;
            assert_eq!(ended.outcome, Outcome::Applied { saved: Ok(()) }, "lost after step {lost}");
            assert!(host.0.lock().unwrap().machine.state.same_configuration(plan.end()));
            let (ended, host, plan) = run(Some((lost, false)), None).await;
            assert_eq!(ended.done, lost - 1, "{ended:?}");
            assert!(!matches!(ended.outcome, Outcome::Applied { .. }));
            assert!(host.0.lock().unwrap().machine.state.same_configuration(plan.state_after(lost - 1)));
        }
    }
}
