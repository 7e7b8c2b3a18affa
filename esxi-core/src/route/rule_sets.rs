//! The firewall's rule sets: who is let in where.

use super::Client;
use crate::model::read::read;
use crate::model::value::{Structure, Value};
use crate::model::{Machine, run};
use crate::state::factory;
use crate::version::EsxiVersion;
use ipnet::IpNet;
use serde::Serialize;
use std::net::IpAddr;

/// The firewall of a host, as far as it is about who comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleSets {
    /// It filters at all, and drops what no rule set is about.
    pub filters: bool,
    /// Its rule sets, in its own order.
    pub list: Vec<RuleSet>,
}

/// A rule set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleSet {
    /// Its id.
    pub name: String,
    /// Open.
    pub enabled: bool,
    /// Its addresses may be set by hand; from 8.0 U2 some belong to their service.
    pub addressable: bool,
    /// Ports of the host that it opens.
    pub inbound: Vec<Ports>,
    /// Whom it is open for.
    pub allowed: Allowed,
}

/// Ports of the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Ports {
    /// TCP, or else UDP.
    pub tcp: bool,
    /// First.
    pub first: u16,
    /// Last.
    pub last: u16,
}

/// Whom a rule set is open for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Allowed {
    /// Everybody.
    All,
    /// These.
    Only(Vec<IpNet>),
}

/// What stands before each answer of [`RuleSets::script`].
const MARK: &str = "@@esxi-rule-sets";

/// The questions, in order.
const QUESTIONS: [&str; 4] = ["get", "ruleset list", "ruleset rule list", "ruleset allowedip list"];

impl RuleSets {
    /// As the installer of a release leaves them.
    pub fn installed(version: EsxiVersion) -> RuleSets {
        let mut machine = Machine::new(factory(version, &[]));
        let answers = QUESTIONS.map(|question| {
            let words = format!("esxcli network firewall {question}");
            let argv: Vec<String> = words.split(' ').map(str::to_owned).collect();
            String::from_utf8_lossy(&run(&mut machine, &argv, b"").stdout).into_owned()
        });
        Self::of(&answers.each_ref().map(String::as_str))
    }

    /// One shell command that asks a host; [`parse`](Self::parse) reads its output.
    pub fn script() -> String {
        let ask = QUESTIONS.map(|question| {
            format!("echo {MARK}; esxcli --formatter=xml network firewall {question} </dev/null")
        });
        ask.join("; ")
    }

    /// Reads the output of [`script`](Self::script). `None` when it is not that.
    pub fn parse(output: &str) -> Option<RuleSets> {
        let mark = format!("{MARK}\n");
        let mut answers = output.split(&mark).skip(1);
        let mut next = || answers.next();
        let four = [next()?, next()?, next()?, next()?];
        let sets = Self::of(&four);
        (!sets.list.is_empty()).then_some(sets)
    }

    fn of(answers: &[&str; 4]) -> RuleSets {
        let [firewall, sets, rules, allowed] = answers.map(read);
        let text = |one: &Structure, name: &str| one.get(name).map(Value::text).unwrap_or_default();
        let yes = |one: &Structure, name: &str| text(one, name).eq_ignore_ascii_case("true");
        let filters = firewall.structures().iter().all(|one| {
            yes(one, "Enabled")
                && yes(one, "Loaded")
                && !text(one, "DefaultAction").eq_ignore_ascii_case("pass")
        });
        let inbound = |name: &str| {
            let of_set = rules.structures().iter().filter(|rule| {
                text(rule, "Ruleset") == name && text(rule, "Direction").eq_ignore_ascii_case("inbound")
            });
            let ports = of_set.filter_map(|rule| {
                let port = |label: &str| text(rule, label).parse().ok();
                let tcp = text(rule, "Protocol").eq_ignore_ascii_case("tcp");
                // A rule about the sender's port opens all of the host's.
                match text(rule, "PortType").eq_ignore_ascii_case("src") {
                    true => Some(Ports { tcp, first: 0, last: u16::MAX }),
                    false => Some(Ports { tcp, first: port("PortBegin")?, last: port("PortEnd")? }),
                }
            });
            ports.collect::<Vec<Ports>>()
        };
        let open_for = |name: &str| {
            let row = allowed.structures().iter().find(|row| text(row, "Ruleset") == name);
            let cell = row.map(|row| text(row, "AllowedIPAddresses")).unwrap_or_default();
            let words: Vec<&str> = cell.split([',', ' ']).filter(|word| !word.is_empty()).collect();
            if row.is_none() || words.iter().any(|word| word.eq_ignore_ascii_case("all")) {
                return Allowed::All;
            }
            let net = |word: &&str| word.parse().or_else(|_| word.parse::<IpAddr>().map(IpNet::from)).ok();
            Allowed::Only(words.iter().filter_map(net).collect())
        };
        let list = sets.structures().iter().map(|set| {
            let name = text(set, "Name");
            RuleSet {
                enabled: yes(set, "Enabled"),
                addressable: set.get("AllowedIPconfigurable").is_none_or(|value| value.text() == "true"),
                inbound: inbound(&name),
                allowed: open_for(&name),
                name,
            }
        });
        RuleSets { filters, list: list.collect() }
    }

    /// True when everybody gets in everywhere.
    pub fn filters_nothing(&self) -> bool {
        !self.filters
    }

    /// Open rule sets that let a whole network in to a TCP port.
    pub(super) fn admitting(&self, port: u16, client: IpNet) -> Vec<String> {
        let open = self.list.iter().filter(|set| set.enabled && set.opens(port) && set.admits(client));
        open.map(|set| set.name.clone()).collect()
    }

    /// What lets a network in to a TCP port.
    pub(super) fn cure(&self, port: u16, client: Client) -> String {
        let offering: Vec<&RuleSet> = self.list.iter().filter(|set| set.opens(port)).collect();
        match offering.iter().find(|set| set.enabled).or(offering.first()) {
            Some(set) if set.enabled => {
                format!("esxcli network firewall ruleset allowedip add -r {} -i {client}", set.name)
            }
            Some(set) => format!("esxcli network firewall ruleset set -r {} -e true", set.name),
            None => "no rule set of this host opens that port".to_owned(),
        }
    }
}

impl RuleSet {
    fn opens(&self, port: u16) -> bool {
        self.inbound.iter().any(|ports| ports.tcp && (ports.first..=ports.last).contains(&port))
    }
    /// Whether all of a network is let in.
    pub(super) fn admits(&self, client: IpNet) -> bool {
        match &self.allowed {
            Allowed::All => true,
            Allowed::Only(list) => list.iter().any(|net| net.contains(&client)),
        }
    }
}
