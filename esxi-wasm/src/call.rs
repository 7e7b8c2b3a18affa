//! The calls as text in, text out, so that they are tested without a JavaScript engine.

use esxi_core::block::guest::{GuestFormat, RouterFormat};
use esxi_core::block::{AddressPlan, Catalogue, ExportFormat, Profile};
use esxi_core::diag::Diagnostic;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Why a call gave nothing.
#[derive(Debug)]
pub enum Refused {
    /// The options object is not as described: a mistake of the calling program.
    Options(String),
    /// The addresses cannot be planned.
    Plan(Vec<Diagnostic>),
}

impl From<Box<Diagnostic>> for Refused {
    fn from(found: Box<Diagnostic>) -> Self {
        Refused::Plan(vec![*found])
    }
}

/// Options of every call that plans.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Known {
    profiles: Vec<String>,
}

/// Of `planBlock`: what a spec states of one block and of the host, in one object.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct OneBlock {
    allocation: Value,
    layout: Value,
    management: Value,
    gateway: Value,
    next_hop: Value,
    reserve: Vec<Value>,
    names: Vec<Value>,
    provider: Value,
    router_mac: Value,
    own_networks: Vec<Value>,
    without_private_side: bool,
    dns: Vec<Value>,
    profiles: Vec<String>,
}

/// Of `guestConfig` and `routerConfig`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Cards {
    card: Option<String>,
    cards: Option<[String; 2]>,
    profiles: Vec<String>,
}

/// Of `exportPlan`.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Names {
    domain: Option<String>,
    host: Option<String>,
    router: Option<String>,
    profiles: Vec<String>,
}

fn options<T: for<'de> Deserialize<'de> + Default>(call: &str, text: Option<&str>) -> Result<T, Refused> {
    let Some(text) = text else { return Ok(T::default()) };
    serde_json::from_str(text).map_err(|error| Refused::Options(format!("options of {call}: {error}")))
}

/// The shipped profiles and these, in TOML.
fn catalogue(profiles: &[String]) -> Result<Catalogue, Refused> {
    let mut catalogue = Catalogue::builtin();
    for (index, text) in profiles.iter().enumerate() {
        let name = format!("profiles/{index}");
        catalogue.add(Profile::from_toml(&name, text).map_err(Refused::Plan)?.profile);
    }
    Ok(catalogue)
}

fn text(value: &impl Serialize) -> Result<String, Refused> {
    serde_json::to_string(value).map_err(|error| Refused::Options(error.to_string()))
}

fn plan(spec: &str, profiles: &[String]) -> Result<AddressPlan, Refused> {
    catalogue(profiles)?.plan_json(spec).map_err(Refused::Plan)
}

/// A text as an object with this key; anything else as it is.
fn keyed(key: &str, values: Vec<Value>) -> Vec<Value> {
    let object = |text| Value::Object(Map::from_iter([(key.to_owned(), Value::String(text))]));
    let entry = |value| if let Value::String(text) = value { object(text) } else { value };
    values.into_iter().map(entry).collect()
}

/// The plan of one block as a JSON document.
pub fn plan_block(block: &str, given: Option<&str>) -> Result<String, Refused> {
    let one: OneBlock = options("planBlock", given)?;
    let spec = json!({
        "provider": one.provider,
        "blocks": [{
            "block": block,
            "allocation": one.allocation,
            "layout": one.layout,
            "management": one.management,
            "gateway": one.gateway,
            "next_hop": one.next_hop,
            "reserve": keyed("range", one.reserve),
            "assign": keyed("name", one.names),
        }],
        "router_mac": one.router_mac,
        "own_networks": one.own_networks,
        "without_private_side": one.without_private_side,
        "dns": one.dns,
    });
    let planned = plan(&spec.to_string(), &one.profiles);
    text(&planned.map_err(|refused| match refused {
        Refused::Plan(found) => Refused::Plan(found.into_iter().map(of_block).collect()),
        other => other,
    })?)
}

/// A finding about the only block of a spec as one about the block that was handed over.
fn of_block(mut found: Diagnostic) -> Diagnostic {
    found.path = found.path.map(|path| match path.strip_prefix("/blocks/0/") {
        Some(rest) => format!("/{rest}"),
        None => path,
    });
    found
}

/// The plan of all blocks of a host as a JSON document.
pub fn plan_addresses(spec: &str, given: Option<&str>) -> Result<String, Refused> {
    let known: Known = options("planAddresses", given)?;
    text(&plan(spec, &known.profiles)?)
}

/// The spec with everything stated that was chosen.
pub fn pinned(spec: &str, given: Option<&str>) -> Result<String, Refused> {
    let known: Known = options("pinned", given)?;
    text(&plan(spec, &known.profiles)?.pinned())
}

/// Network configuration of a virtual machine.
pub fn guest_config(spec: &str, name: &str, format: &str, given: Option<&str>) -> Result<String, Refused> {
    let Cards { card, cards: None, profiles } = options("guestConfig", given)? else {
        return Err(Refused::Options("options of guestConfig: a virtual machine has one `card`".to_owned()));
    };
    Ok(plan(spec, &profiles)?.guest_config(name, format, card.as_deref())?)
}

/// Configuration of the router virtual machine.
pub fn router_config(spec: &str, format: &str, given: Option<&str>) -> Result<String, Refused> {
    let Cards { cards, card: None, profiles } = options("routerConfig", given)? else {
        return Err(Refused::Options("options of routerConfig: a router has two `cards`".to_owned()));
    };
    let cards = cards.as_ref().map(|[outer, inner]| [outer.as_str(), inner.as_str()]);
    Ok(plan(spec, &profiles)?.router_config(format, cards)?)
}

/// The plan in the language of another tool.
pub fn export_plan(spec: &str, format: &str, given: Option<&str>) -> Result<String, Refused> {
    let Names { domain, host, router, profiles } = options("exportPlan", given)?;
    let plan = plan(spec, &profiles)?;
    Ok(plan.export_as(format, domain.as_deref(), host.as_deref(), router.as_deref())?)
}

/// The names of all formats as a JSON object.
pub fn formats() -> Result<String, Refused> {
    let guest: Vec<Value> =
        GuestFormat::ALL.iter().map(|f| json!({ "name": f.name(), "title": f.title() })).collect();
    let router: Vec<Value> =
        RouterFormat::ALL.iter().map(|f| json!({ "name": f.name(), "title": f.title() })).collect();
    let export = ExportFormat::ALL.iter().map(|f| {
        json!({ "name": f.name(), "summary": f.summary(), "media_type": f.media_type(), "extension": f.extension() })
    });
    text(&json!({ "guest": guest, "router": router, "export": export.collect::<Vec<_>>() }))
}

/// Every provider as a JSON list.
pub fn providers(given: Option<&str>) -> Result<String, Refused> {
    let known: Known = options("providers", given)?;
    text(&catalogue(&known.profiles)?.iter().map(|profile| (*profile).clone()).collect::<Vec<_>>())
}

/// The findings as the message of an error, one a line.
pub fn message(found: &[Diagnostic]) -> String {
    found.iter().map(|d| d.message.as_str()).collect::<Vec<_>>().join("\n")
}

/// The text of a code's row as one paragraph.
pub fn paragraph(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_defaults_and_no_unknown_names() {
        let plan: Value = serde_json::from_str(&plan_block("192.0.2.8/29", None).unwrap()).unwrap();
        assert_eq!((&plan["provider"], &plan["layout"]), (&"packet".into(), &"direct".into()));
        let wrong = plan_block("192.0.2.8/29", Some(r#"{"layuot":"direct"}"#));
        assert!(matches!(wrong, Err(Refused::Options(why)) if why.contains("layuot")));
    }

    #[test]
    fn findings_come_all_at_once() {
        let wrong = plan_block("192.0.2.9/29", Some(r#"{"provider":"pakcet"}"#));
        assert!(matches!(wrong, Err(Refused::Plan(found)) if found.len() == 2));
    }
}
