//! `esxi route`.

use crate::args::{Route, RouteExplain, SpecArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::job::{Wanted, fabric_file};
use crate::live::{self, Live};
use crate::offline::{Offline, offline};
use crate::out::Out;
use esxi_core::diag::{Diagnostic, Severity, codes};
use esxi_core::reach::{Fabric, Session};
use esxi_core::route::{
    Client, Explained, LockDown, Question, Reply, RuleSets, Service, Way, explain, lock_down, service_name,
};
use esxi_core::spec::HostSpec;
use esxi_core::state::HostState;
use serde::Serialize;
use std::fmt::Write;
use std::net::IpAddr;

/// `esxi route explain --format json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    #[serde(flatten)]
    explained: &'a Explained,
    #[serde(skip_serializing_if = "Option::is_none")]
    lock_down: Option<&'a LockDown>,
}

pub fn run(out: &Out, command: &Route) -> Result<Exit, Failure> {
    match command {
        Route::Explain(args) => explained(out, args),
    }
}

fn explained(out: &Out, args: &RouteExplain) -> Result<Exit, Failure> {
    let Seen { state, session, rule_sets, mut findings } = look(out, args)?;
    let client = session.as_ref().map(|session| session.client);
    let (state, fabric) = wanted(out, args, state, session)?;
    let question = Question {
        clients: clients(args, client)?,
        services: args.service.clone(),
        to: args.to.clone(),
        routers: args.routers.clone(),
    };
    let mut explained = explain(&state, &fabric, &rule_sets, &question);
    let locked = match &args.lock_down {
        Some(vmk) if !state.vmkernel.contains_key(vmk) => {
            let message = format!("there is no vmkernel adapter {vmk} to lock down");
            return Err(Failure::error(codes::WRONG_WORD, message, "name one that `esxi facts` lists"));
        }
        Some(vmk) => Some(lock_down(&state, &rule_sets, vmk, args.to.as_ref(), client)),
        None => None,
    };
    findings.append(&mut explained.diagnostics);
    explained.diagnostics = findings;
    let mut all = explained.diagnostics.clone();
    all.extend(locked.iter().flat_map(|locked| locked.diagnostics.clone()));
    if out.is_json() {
        out.json(&Document { schema: 1, explained: &explained, lock_down: locked.as_ref() });
    } else {
        out.print(text(out, &explained, locked.as_ref()));
        // What the text says already is not said again.
        let told =
            |finding: &&Diagnostic| finding.code != codes::NOT_ANSWERED || finding.severity > Severity::Note;
        out.findings(&all.iter().filter(told).cloned().collect::<Vec<_>>(), None);
    }
    let found = all.iter().any(|finding| finding.severity > Severity::Note);
    Ok(Exit::of(&all).max(if found { Exit::Findings } else { Exit::Fine }))
}

/// A host as it was found.
struct Seen {
    state: HostState,
    session: Option<Session>,
    rule_sets: RuleSets,
    findings: Vec<Diagnostic>,
}

fn look(out: &Out, args: &RouteExplain) -> Result<Seen, Failure> {
    if let Some(Offline { state, findings }) = offline(&args.offline, None)? {
        let rule_sets = RuleSets::installed(state.version);
        return Ok(Seen { state, session: None, rule_sets, findings });
    }
    let mut live = Live::connect(&args.host)?;
    let facts = live.facts()?;
    let answer = live.exec(&RuleSets::script())?;
    live.close();
    live::warn(out, &facts);
    let told = RuleSets::parse(&answer);
    let not_told = || {
        Diagnostic::warning(codes::FACT_NOT_REPORTED, "the host did not tell the rule sets of its firewall")
            .help("they are taken to be as the installer leaves them")
    };
    let findings = told.is_none().then(not_told).into_iter().collect();
    let rule_sets = told.unwrap_or_else(|| RuleSets::installed(facts.state.version));
    Ok(Seen { state: facts.state, session: facts.session, rule_sets, findings })
}

/// The host as the host file wants it, if one was given, and what is known around it.
fn wanted(
    out: &Out,
    args: &RouteExplain,
    state: HostState,
    session: Option<Session>,
) -> Result<(HostState, Fabric), Failure> {
    if let Some(path) = &args.host_file {
        let (host_file, fabric) = (path.clone(), args.fabric.clone());
        let wanted = Wanted::read(out, &SpecArgs { host_file, fabric, profiles: Vec::new(), prune: false })?;
        let job = wanted.plan(&state, session)?;
        if !out.is_json() {
            out.findings(&job.findings, Some(&wanted.sources));
        }
        return Ok((job.plan.end().clone(), job.fabric));
    }
    let mut fabric = match &args.fabric {
        Some(path) => {
            let spec = HostSpec { fabric: Some(fabric_file(path)?.0), ..HostSpec::default() };
            let (fabric, findings) = spec.fabric(&state);
            if esxi_core::diag::has_errors(&findings) {
                return Err(findings.into());
            }
            fabric
        }
        None => Fabric::default(),
    };
    if let Some(session) = session {
        fabric.observe(&state, session);
    }
    Ok((state, fabric))
}

fn clients(args: &RouteExplain, of_session: Option<IpAddr>) -> Result<Vec<Client>, Failure> {
    let session = of_session.map(|client| Client::from(ipnet::IpNet::from(client)));
    match (args.clients.is_empty(), session) {
        (false, _) => Ok(args.clients.clone()),
        (true, Some(client)) => Ok(vec![client]),
        // The question is then about the firewall alone.
        (true, None) if args.lock_down.is_some() => Ok(Vec::new()),
        (true, None) => {
            let help = "add --from ADDRESS or --from NETWORK, or ask a live host with --host";
            Err(Failure::error(codes::WRONG_WORD, "nobody said who comes", help))
        }
    }
}

fn text(out: &Out, explained: &Explained, locked: Option<&LockDown>) -> String {
    let mut text = String::new();
    let mut client = None;
    for way in &explained.ways {
        if client != Some(way.client) {
            client = Some(way.client);
            let _ = writeln!(text, "from {}", out.bold(way.client));
        }
        let _ = writeln!(text, "  to {:<6} {:<16} {}", way.receives, way.address, reply(way));
        if way.is_answered() {
            let services: Vec<String> = way.services.iter().map(service).collect();
            let _ = writeln!(text, "     {}", services.join(", "));
            let _ = writeln!(text, "     beyond the host: {} ({})", way.path.answer, way.path.why());
        }
    }
    for proposal in &explained.proposals {
        let _ = writeln!(text, "for {} to answer {}:", proposal.adapter, proposal.to);
        for line in proposal.lines() {
            let _ = writeln!(text, "  {}", out.bold(line));
        }
        for other in &proposal.instead_of {
            let _ = writeln!(text, "  then {other} does not answer it any more");
        }
    }
    if let Some(locked) = locked.filter(|locked| !locked.sources.is_empty()) {
        let sources: Vec<String> = locked.sources.iter().map(ToString::to_string).collect();
        let _ = writeln!(
            text,
            "{} locked down: only {} are let in (run it as one script: a rule set that is being closed admits nobody)",
            locked.adapter,
            sources.join(", ")
        );
        for line in locked.lines() {
            let _ = writeln!(text, "  {}", out.bold(line));
        }
        if locked.close.is_empty() {
            let _ = writeln!(text, "  nothing to close");
        }
    }
    text
}

fn reply(way: &Way) -> String {
    let through = |gateway: &Option<IpAddr>| match gateway {
        Some(gateway) => format!("through {gateway}"),
        None => "in its own subnet".to_owned(),
    };
    match &way.reply {
        Reply::Same { gateway } => format!("answers {}", through(gateway)),
        Reply::Other { adapter, gateway: None } => {
            format!("NO ANSWER: dial {adapter}, in whose subnet it is")
        }
        Reply::Other { adapter, gateway } => {
            format!("NO ANSWER: it would leave by {adapter} {}", through(gateway))
        }
        Reply::Nobody => "NO ANSWER: there is no route back".to_owned(),
        Reply::Undecided => "PERHAPS NO ANSWER: several equal routes lead back".to_owned(),
    }
}

fn service(service: &Service) -> String {
    let name = service_name(service.port).map(|name| format!(" {name}")).unwrap_or_default();
    let state = match service {
        Service { offered: false, .. } => "not on this TCP/IP stack".to_owned(),
        Service { admitted: false, .. } => "closed".to_owned(),
        Service { admitted_by, .. } if admitted_by.is_empty() => "open".to_owned(),
        Service { admitted_by, .. } => format!("open ({})", admitted_by.join(", ")),
    };
    format!("{}{name} {state}", service.port)
}
