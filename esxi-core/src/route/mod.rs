//! Which vmkernel adapter receives a client, which one answers, through which gateway, and who is let in.
//!
//! A host has one routing table for each TCP/IP stack and answers by it, whichever adapter was asked: a client that
//! dials the address of `vmk1` may get its answer from `vmk0`, which is to say none. [`explain`] shows that for
//! clients and services and proposes the route that is missing; [`lock_down`] says in rule sets of the firewall what
//! it means that an adapter shall not be used from outside.
//!
//! ```
//! use esxi_core::route::{Question, Reply, RuleSets, explain};
//! use esxi_core::reach::Fabric;
//! use esxi_core::state::{Fact, FactoryNic, Ipv4Config, Route, factory};
//! let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
//! let mut host = factory("6.5".parse()?, &[nic]);
//! let fixed = |address: &str| Fact::Known(Ipv4Config::Static { address: address.parse().unwrap(), gateway: None });
//! host.vmkernel.get_mut("vmk0").unwrap().ipv4 = fixed("203.0.113.4/24");
//! let mut vmk1 = host.vmkernel["vmk0"].clone();
//! vmk1.ipv4 = fixed("192.168.20.100/24");
//! host.vmkernel.insert("vmk1".parse()?, vmk1);
//! host.routes.insert(Route {
//!     netstack: Default::default(),
//!     network: "0.0.0.0/0".parse()?,
//!     gateway: "203.0.113.1".parse()?,
//! });
//!
//! let question = Question {
//!     clients: vec!["192.168.40.0/24".parse()?],
//!     services: vec![443],
//!     to: Some("vmk1".parse()?),
//!     routers: vec!["192.168.20.1".parse()?],
//! };
//! let explained = explain(&host, &Fabric::default(), &RuleSets::installed(host.version), &question);
//! assert!(matches!(&explained.ways[0].reply, Reply::Other { adapter, .. } if *adapter == "vmk0"));
//! assert_eq!(
//!     explained.proposals[0].commands[0].join(" "),
//!     "esxcli network ip route ipv4 add -g 192.168.20.1 -n 192.168.40.0/24"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod client;
mod lockdown;
mod proposal;
mod rule_sets;
#[cfg(test)]
mod tests;

pub use client::{Client, ClientError};
pub use lockdown::{Closed, LockDown, lock_down};
pub use proposal::{Evidence, Proposal};
pub use rule_sets::{Allowed, Ports, RuleSet, RuleSets};

use crate::diag::{Diagnostic, Severity, codes};
use crate::reach::{Fabric, NoReply, Reach, answer, reply_path};
use crate::state::HostState;
use crate::value::{NetstackName, VmkName};
use serde::Serialize;
use std::net::IpAddr;

/// The services that people come for: log in, web client and API, consoles and file transfers of virtual machines.
pub const USUAL_SERVICES: [u16; 3] = [22, 443, 902];

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Who comes.
    pub clients: Vec<Client>,
    /// TCP ports that they come for.
    pub services: Vec<u16>,
    /// Only this adapter.
    pub to: Option<VmkName>,
    /// Routers that somebody knows of, by their addresses in the subnets of adapters.
    pub routers: Vec<IpAddr>,
}

/// The answer.
#[derive(Debug, Clone, Serialize)]
pub struct Explained {
    /// Each client at each address of each adapter of its address family.
    pub ways: Vec<Way>,
    /// Routes with which an adapter would answer where it does not.
    pub proposals: Vec<Proposal>,
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
}

impl Explained {
    /// Findings about clients that another adapter answers are worth knowing, and no more.
    fn soften(&mut self, answered: &[Client]) {
        let unanswered = self.ways.iter().filter(|way| !way.is_answered());
        let findings = self.diagnostics.iter_mut().filter(|finding| finding.code == codes::NOT_ANSWERED);
        for (way, finding) in unanswered.zip(findings) {
            if answered.contains(&way.client) {
                finding.severity = Severity::Note;
            }
        }
    }
}

/// A client at an address of the host.
#[derive(Debug, Clone, Serialize)]
pub struct Way {
    /// The client, or the part of it to which the host answers alike.
    pub client: Client,
    /// The adapter that receives.
    pub receives: VmkName,
    /// The address that the client dials.
    pub address: IpAddr,
    /// Who answers.
    pub reply: Reply,
    /// The whole path, as far as the fabric is known.
    pub path: Reach,
    /// Who is let in.
    pub services: Vec<Service>,
}

impl Way {
    /// Whether the client gets an answer as far as it is the host's to give.
    pub fn is_answered(&self) -> bool {
        matches!(self.reply, Reply::Same { .. })
    }
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Reply {
    /// The adapter that received.
    Same {
        /// Through this next hop; none in a subnet of its own.
        gateway: Option<IpAddr>,
    },
    /// Another adapter, with an address that is not its own; such an answer does not arrive.
    Other {
        /// Which.
        adapter: VmkName,
        /// Through this next hop; none in a subnet of its own.
        gateway: Option<IpAddr>,
    },
    /// Nobody: the TCP/IP stack has no route to the client.
    Nobody,
    /// Several routes are equally good, and they do not agree.
    Undecided,
}

/// A service, for one client at one address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Service {
    /// TCP port.
    pub port: u16,
    /// Whether the host offers it on this adapter's TCP/IP stack.
    pub offered: bool,
    /// Rule sets that let the client in; none when it stays outside.
    pub admitted_by: Vec<String>,
    /// Whether a client gets in: the firewall filters nothing, or a rule set admits all of it.
    pub admitted: bool,
}

/// The name of a service that people know by name.
pub fn service_name(port: u16) -> Option<&'static str> {
    Some(match port {
        22 => "SSH",
        80 => "HTTP",
        443 => "HTTPS",
        902 => "consoles and NFC",
        427 => "SLP",
        5988 | 5989 => "CIM",
        8000 => "vMotion",
        _ => return None,
    })
}

/// Whether the host's servers listen on a TCP/IP stack. Believed: those of SSH, the web client and consoles listen on
/// the default stack alone; a stack of its own is given to vMotion and provisioning so that nothing else is there.
fn offers(stack: &NetstackName) -> bool {
    *stack == NetstackName::default()
}

/// Follows every client to every adapter and back.
pub fn explain(host: &HostState, fabric: &Fabric, rule_sets: &RuleSets, question: &Question) -> Explained {
    let mut all = Explained { ways: Vec::new(), proposals: Vec::new(), diagnostics: Vec::new() };
    if let Some(vmk) = question.to.as_ref().filter(|vmk| !host.vmkernel.contains_key(*vmk)) {
        let there: Vec<&str> = host.vmkernel.keys().map(VmkName::as_str).collect();
        let finding = Diagnostic::error(codes::WRONG_WORD, format!("there is no vmkernel adapter {vmk}"));
        all.diagnostics.push(finding.help(format!("adapters here: {}", there.join(", "))));
        return all;
    }
    let asked = Asked { host, fabric, rule_sets, question };
    for client in &question.clients {
        for (vmk, adapter) in &host.vmkernel {
            if question.to.as_ref().is_some_and(|wanted| wanted != vmk) {
                continue;
            }
            let addresses = adapter.addresses().map(|net| net.addr());
            for address in addresses.filter(|address| client.is_of_family(address)) {
                asked.follow(client, vmk, address, &mut all);
            }
        }
    }
    // A client that has an adapter to dial has no trouble, unless this one was asked for.
    let answered: Vec<Client> =
        all.ways.iter().filter(|way| way.is_answered()).map(|way| way.client).collect();
    if question.to.is_none() {
        all.soften(&answered);
    }
    for client in &question.clients {
        if !all.ways.iter().any(|way| client.contains(&way.client)) {
            let what =
                question.to.as_ref().map_or_else(|| "no adapter".to_owned(), |vmk| format!("{vmk} not"));
            let family = if client.net().addr().is_ipv4() { "IPv4" } else { "IPv6" };
            let message = format!("{what} has an {family} address for {client} to dial");
            all.diagnostics.push(Diagnostic::warning(codes::NOT_ANSWERED, message));
        }
    }
    all
}

/// What is asked about one address.
struct Asked<'a> {
    host: &'a HostState,
    fabric: &'a Fabric,
    rule_sets: &'a RuleSets,
    question: &'a Question,
}

impl Asked<'_> {
    fn follow(&self, client: &Client, vmk: &VmkName, address: IpAddr, all: &mut Explained) {
        for (part, one) in client.parts(self.host, vmk) {
            let services = self.services(vmk, part, &mut all.diagnostics);
            let reply = reply(self.host, vmk, one);
            if !matches!(reply, Reply::Same { .. }) {
                let proposed = match &reply {
                    Reply::Other { adapter, gateway: None } => {
                        Err(format!("dial {adapter}, in whose subnet {part} is: no route changes that"))
                    }
                    _ => proposal::propose(self, vmk, part, one),
                };
                let finding = unanswered(vmk, address, part, &reply);
                all.diagnostics.push(match &proposed {
                    Ok(proposal) => finding.help(format!("run {}", proposal.lines().join("; "))),
                    Err(why) => finding.help(why),
                });
                all.proposals.extend(proposed);
            }
            let path = answer(self.host, self.fabric, one, address);
            all.ways.push(Way { client: part, receives: vmk.clone(), address, reply, path, services });
        }
    }

    fn services(&self, vmk: &VmkName, client: Client, found: &mut Vec<Diagnostic>) -> Vec<Service> {
        let offered = offers(&self.host.vmkernel[vmk].netstack);
        let service = |port: &u16| {
            let admitted_by = self.rule_sets.admitting(*port, client.net());
            let admitted = self.rule_sets.filters_nothing() || !admitted_by.is_empty();
            Service { port: *port, offered, admitted_by, admitted }
        };
        let services: Vec<Service> = self.question.services.iter().map(service).collect();
        for closed in services.iter().filter(|service| service.offered && !service.admitted) {
            let message = format!("no open rule set of the firewall admits {client} to port {}", closed.port);
            // The firewall is the same on every adapter.
            if !found.iter().any(|other| other.message == message) {
                let finding = Diagnostic::warning(codes::SERVICE_CLOSED, message);
                found.push(finding.help(self.rule_sets.cure(closed.port, client)));
            }
        }
        services
    }
}

/// Who answers, as data.
fn reply(host: &HostState, vmk: &VmkName, client: IpAddr) -> Reply {
    match reply_path(host, vmk, client) {
        Ok(path) => Reply::Same { gateway: path.gateway },
        Err(NoReply::NoRoute) => Reply::Nobody,
        Err(NoReply::Ambiguous) => Reply::Undecided,
        Err(NoReply::Asymmetric { answers }) => {
            let gateway = reply_path(host, &answers, client).ok().and_then(|path| path.gateway);
            Reply::Other { adapter: answers, gateway }
        }
    }
}

fn unanswered(vmk: &VmkName, address: IpAddr, client: Client, reply: &Reply) -> Diagnostic {
    let but = match reply {
        Reply::Other { adapter, gateway: Some(gateway) } => {
            format!("the answer would leave by {adapter} through {gateway}")
        }
        Reply::Other { adapter, gateway: None } => format!("{client} is in the subnet of {adapter}"),
        Reply::Nobody => "its TCP/IP stack has no route back".to_owned(),
        Reply::Same { .. } | Reply::Undecided => "several equal routes lead back".to_owned(),
    };
    Diagnostic::warning(codes::NOT_ANSWERED, format!("{vmk} receives {client} at {address}, but {but}"))
}
