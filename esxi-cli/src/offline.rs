//! States to plan from when no live host is asked.

use crate::args::OfflineArgs;
use crate::failure::Failure;
use crate::{input, show};
use esxi_core::EsxiVersion;
use esxi_core::diag::{Diagnostic, codes, has_errors};
use esxi_core::spec::{HostSpec, NicRef};
use esxi_core::state::{FactoryNic, HostState, KickstartNetwork, factory, installed};
use esxi_core::value::{MacAddr, ValueError};
use esxi_core::version::VersionError;

/// A state, and what there is to know of where it came from.
pub struct Offline {
    pub state: HostState,
    pub findings: Vec<Diagnostic>,
}

/// The state that the arguments name; `None` when a live host is to be asked. Where no cards are given they are those
/// of the host file.
pub fn offline(args: &OfflineArgs, spec: Option<&HostSpec>) -> Result<Option<Offline>, Failure> {
    if let Some(path) = &args.state {
        return Ok(Some(Offline { state: saved_state(path)?, findings: Vec::new() }));
    }
    if !args.factory {
        return Ok(None);
    }
    let version = version(&args.esxi)?;
    let cards = match (args.nics.is_empty(), spec) {
        (true, Some(spec)) => cards_of(spec)?,
        _ => cards(&args.nics)?,
    };
    let (network, mut findings) = match (&args.kickstart_network, &args.kickstart) {
        (Some(command), _) => KickstartNetwork::parse(command),
        (None, Some(path)) => {
            let file = input::read(path)?;
            KickstartNetwork::of_kickstart(&file.name, &file.text)
        }
        (None, None) => {
            return Ok(Some(Offline { state: factory(version, &cards), findings: Vec::new() }));
        }
    };
    let state = installed(version, &cards, &network).map_err(|finding| findings.push(*finding));
    for finding in &mut findings {
        finding.file.get_or_insert_with(|| "--kickstart-network".to_owned());
    }
    match state {
        Ok(state) if !has_errors(&findings) => Ok(Some(Offline { state, findings })),
        _ => Err(findings.into()),
    }
}

fn version(text: &str) -> Result<EsxiVersion, Failure> {
    text.parse().map_err(|error: VersionError| {
        Failure::error(codes::NO_SUCH_VERSION, error.to_string(), "esxi --help names the option")
    })
}

fn cards(nics: &[String]) -> Result<Vec<FactoryNic>, Failure> {
    let card = |mac: &String| {
        mac.parse().map(card).map_err(|error: ValueError| {
            Failure::error(
                codes::BAD_MAC,
                error.to_string(),
                "list the cards as --nics MAC,MAC, vmnic0 first",
            )
        })
    };
    nics.iter().map(card).collect()
}

fn card(mac: MacAddr) -> FactoryNic {
    FactoryNic { mac, link_up: true }
}

/// The cards that a host file names by their hardware addresses, in its order.
fn cards_of(spec: &HostSpec) -> Result<Vec<FactoryNic>, Failure> {
    let unknown = |message: String| {
        Failure::error(codes::CARDS_UNKNOWN, message, "list the cards as --nics MAC,MAC, vmnic0 first")
    };
    let mut cards = Vec::new();
    for nic in spec.cards() {
        match nic {
            NicRef::Mac(mac) => cards.push(card(*mac)),
            other => {
                return Err(unknown(format!(
                    "which card {other} is can only be said of cards that are known"
                )));
            }
        }
    }
    if cards.is_empty() {
        return Err(unknown("the host file names no network card, and none are given".to_owned()));
    }
    Ok(cards)
}

/// A freshly installed host of this version with the cards of a host file.
pub fn factory_of(text: &str, spec: &HostSpec) -> Result<HostState, Failure> {
    Ok(factory(version(text)?, &cards_of(spec)?))
}

/// A freshly installed host of this version with these cards.
pub fn factory_state(text: &str, nics: &[String]) -> Result<HostState, Failure> {
    Ok(factory(version(text)?, &cards(nics)?))
}

/// A state that `esxi facts --format json` printed.
pub fn saved_state(path: &std::path::Path) -> Result<HostState, Failure> {
    let file = input::read(path)?;
    let document: show::FactsDocument = serde_json::from_str(&file.text).map_err(|error| {
        Failure::error(
            codes::STATE_FILE,
            format!("{}: {error}", file.name),
            "make it with `esxi facts --host … --format json`",
        )
    })?;
    Ok(document.state)
}
