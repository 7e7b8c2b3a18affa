//! From host file and current state to a plan: what `plan`, `apply`, `verify` and `demo` share.

use crate::args::SpecArgs;
use crate::cmd::ip::catalogue;
use crate::failure::Failure;
use crate::input;
use crate::out::Out;
use esxi_core::block::Catalogue;
use esxi_core::diag::{Diagnostic, SourceMap, codes};
use esxi_core::import::Imported;
use esxi_core::plan::{Plan, PlanOptions, PlanReport, plan, plan_with};
use esxi_core::reach::{Fabric, Session};
use esxi_core::spec::{
    FabricSpec, HostSpec, ObjectRef, ResolveOptions, check, check_addresses, check_host, resolve,
};
use esxi_core::state::HostState;
use esxi_core::yaml;
use std::net::IpAddr;
use std::path::Path;

/// A host file that was read.
pub struct Wanted {
    pub spec: HostSpec,
    pub sources: SourceMap,
    pub findings: Vec<Diagnostic>,
    catalogue: Catalogue,
    /// The client that management shall answer, where it is not that of the session.
    pub asked_from: Option<IpAddr>,
    prune: bool,
}

/// A plan with what led to it.
pub struct Job {
    pub plan: Plan,
    pub fabric: Fabric,
    pub left_alone: Vec<ObjectRef>,
    pub pruned: Vec<ObjectRef>,
    pub findings: Vec<Diagnostic>,
}

/// Reads a host file; mistakes are shown with their line.
pub fn host_file(file: &input::Text) -> Result<yaml::HostFile, Failure> {
    let sources = || SourceMap::new(file.name.clone(), file.text.clone());
    yaml::host_file(&file.name, &file.text).map_err(|found| Failure::located(found, &sources()))
}

/// Reads a file with the `fabric:` part alone.
pub fn fabric_file(path: &Path) -> Result<(FabricSpec, Vec<Diagnostic>), Failure> {
    let file = input::read(path)?;
    let extra = host_file(&file)?;
    match extra.spec.fabric.filter(|_| extra.spec.network.is_none()) {
        Some(fabric) => Ok((fabric, extra.diagnostics)),
        None => Err(Failure::error(
            codes::NO_FABRIC,
            format!("{}: a fabric file has a `fabric:` part and nothing else but `version: 1`", file.name),
            "move the `network:` part to the host file",
        )),
    }
}

impl Wanted {
    /// Reads the host file, and the fabric from a file of its own if there is one.
    pub fn read(out: &Out, args: &SpecArgs) -> Result<Wanted, Failure> {
        let catalogue = catalogue(out, &args.profiles)?;
        let file = input::read(&args.host_file)?;
        let yaml::HostFile { mut spec, source, mut diagnostics, .. } = host_file(&file)?;
        if let Some(path) = &args.fabric {
            let (fabric, found) = fabric_file(path)?;
            diagnostics.extend(found);
            spec.fabric = Some(fabric);
        }
        Ok(Wanted {
            spec,
            sources: source,
            findings: diagnostics,
            asked_from: None,
            catalogue,
            prune: args.prune,
        })
    }

    /// What was imported, as a host file.
    pub fn imported(imported: &Imported, spec: &HostSpec) -> Wanted {
        // Resolving the file finds again what is wrong with it by itself.
        let again = check(spec);
        let known = |finding: &&Diagnostic| {
            !again.iter().any(|other| (other.code, &other.message) == (finding.code, &finding.message))
        };
        let findings = imported.diagnostics.iter().filter(known).cloned().collect();
        let (sources, catalogue) = (imported.source.clone(), Catalogue::builtin());
        Wanted { spec: spec.clone(), sources, findings, asked_from: None, catalogue, prune: false }
    }

    /// Plans from a state, with the session that it was read over if there is one.
    pub fn plan(&self, current: &HostState, session: Option<Session>) -> Result<Job, Failure> {
        let resolved = resolve(&self.spec, current, ResolveOptions { prune: self.prune });
        let (mut fabric, about_fabric) = self.spec.fabric(current);
        let mut findings = self.findings.clone();
        findings.extend(resolved.diagnostics);
        findings.extend(check_addresses(&self.spec, &self.catalogue));
        findings.extend(about_fabric);
        if esxi_core::diag::has_errors(&findings) {
            return Err(Failure::located(findings, &self.sources));
        }
        findings.extend(check_host(&self.spec, current, &resolved.desired, &self.catalogue));
        if let Some(session) = session {
            fabric.observe(current, session);
        }
        fabric.asked_from = self.asked_from;
        let plan = plan_with(current, &resolved.desired, &fabric, &PlanOptions::of(&self.spec));
        findings.iter_mut().for_each(|finding| self.sources.locate(finding));
        Ok(Job { plan, fabric, left_alone: resolved.left_alone, pruned: resolved.pruned, findings })
    }
}

impl Wanted {
    /// What tells whether a host is as the file says: laid over that state, it changes nothing.
    pub fn reached(&self) -> impl Fn(&HostState) -> bool + Send + Sync + 'static {
        let (spec, options) = (self.spec.clone(), ResolveOptions { prune: self.prune });
        move |state| {
            let resolved = resolve(&spec, state, options);
            resolved.is_ok() && plan(state, &resolved.desired, &Fabric::default()).steps.is_empty()
        }
    }
}

impl Job {
    /// The document of `--format json`.
    pub fn report(&self) -> PlanReport<&ObjectRef> {
        self.plan.report(self.left_alone.iter().collect(), self.findings.clone())
    }
}
