//! The calls as text in, text out, so that they are tested without a JavaScript engine.

use esxi_core::block::{PROVIDERS, Request, plan};
use esxi_core::diag::Diagnostic;
use serde::Deserialize;

/// Why a call gave nothing.
#[derive(Debug)]
pub enum Refused {
    /// The options object is not as described: a mistake of the calling program.
    Options(String),
    /// The block cannot be planned.
    Plan(Vec<Diagnostic>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    #[serde(default = "default_provider")]
    provider: String,
    #[serde(default = "default_layout")]
    layout: String,
    #[serde(default)]
    names: Vec<String>,
}

fn default_provider() -> String {
    "packet".to_owned()
}
fn default_layout() -> String {
    "direct".to_owned()
}

/// The plan as a JSON document.
pub fn plan_block(block: &str, options: Option<&str>) -> Result<String, Refused> {
    let options: Options = serde_json::from_str(options.unwrap_or("{}"))
        .map_err(|e| Refused::Options(format!("options of planBlock: {e}")))?;
    let request = Request::parse(block, &options.provider, &options.layout).map_err(Refused::Plan)?;
    let plan = plan(&request.names(options.names)).map_err(Refused::Plan)?;
    serde_json::to_string(&plan).map_err(|e| Refused::Options(e.to_string()))
}

/// Every provider as a JSON list.
pub fn providers() -> String {
    serde_json::to_string(PROVIDERS).unwrap_or_else(|_| "[]".to_owned())
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
        let plan: serde_json::Value =
            serde_json::from_str(&plan_block("192.0.2.8/29", None).unwrap()).unwrap();
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
