//! Host files as YAML text.
//!
//! The only place that knows a YAML library. A document is read once into a tree in which every value has its
//! place; the types are read from that tree by what each *field* expects, so that an unquoted MAC address is a text
//! and never a number in base 60. Where a YAML 1.1 reader would see another value, a warning says so. As many
//! mistakes as possible are reported in one go.
//!
//! ```
//! let text = "version: 1\nnetwork:\n  vswitches:\n    - name: vSwitch0\n      mtuu: 9000\n";
//! let mistakes = esxi_core::yaml::host_file("host.yaml", text).unwrap_err();
//! assert_eq!(mistakes[0].code.as_str(), "HOST002");
//! assert_eq!(mistakes[0].start.unwrap().line, 5);
//! assert_eq!(mistakes[0].fix.as_deref(), Some("mtu"));
//! ```

mod parse;
mod yaml11;

pub(crate) use yaml11::{bool_word, other_reading};

use crate::diag::{Diagnostic, SourceMap, codes};
#[cfg(feature = "model")]
use crate::scenario::Scenario;
use crate::spec::HostSpec;
use crate::tree::{Dialect, Key, Kind, Node};
use serde::de::DeserializeOwned;

/// Host files and scenarios in YAML.
const HOST_FILE: Dialect = Dialect {
    unknown_key: codes::UNKNOWN_KEY,
    wrong_value: codes::WRONG_VALUE,
    version: Some(codes::FORMAT_VERSION),
    mapping: "a mapping",
    missing: |path| format!("add `{}: …`", path.rsplit('/').next().unwrap_or_default()),
    assign: ": ",
    quotes: false,
    list_of_mappings: |_| None,
    is_text: |_| true,
    text_remark: |text| other_reading(text).map(|reading| differs(text, reading, format!("\"{text}\""))),
    number_remark: |text| {
        let octal = text.len() > 1 && text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit());
        octal.then(|| differs(text, "a number in base 8", text.trim_start_matches('0')))
    },
    truth: yaml11::bool_word,
};

fn differs(text: &str, reading: &str, fix: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(codes::YAML11_DIFFERS, format!("a YAML 1.1 reader takes {text} for {reading}"))
        .help("it is read by its field here; be safe and change it")
        .fix(fix)
}

/// A host file read from text.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct HostFile {
    /// What it says.
    pub spec: HostSpec,
    /// Where it says it: locates the findings of [`check`](crate::spec::check) and
    /// [`resolve`](crate::spec::resolve()).
    pub source: SourceMap,
    /// Warnings about the text itself, located.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a host file, or a file that holds only its `fabric`; `name` is only used in diagnostics.
///
/// # Errors
/// Everything found wrong with the text, located; at least one finding is an error.
///
/// ```
/// let file = esxi_core::yaml::host_file("host.yaml", "version: 1\nnetwork: { gateway: 192.0.2.1 }\n").unwrap();
/// assert_eq!(file.spec.network.unwrap().gateway.unwrap().to_string(), "192.0.2.1");
/// ```
pub fn host_file(name: &str, text: &str) -> Result<HostFile, Vec<Diagnostic>> {
    let (spec, source, diagnostics) = document(name, text, "`network:` or `fabric:`", |_| Vec::new())?;
    Ok(HostFile { spec, source, diagnostics })
}

/// A document with a `version`, and what is to be said of it although it can be read.
fn document<T: DeserializeOwned>(
    name: &str,
    text: &str,
    content: &str,
    check: fn(&T) -> Vec<Diagnostic>,
) -> Result<(T, SourceMap, Vec<Diagnostic>), Vec<Diagnostic>> {
    let (root, source, mut found) = read_tree(name, text)?;
    let value = match root {
        Some(mut root) => {
            assume_version(&mut root, &mut found);
            crate::tree::read::<T>(root, &HOST_FILE, &source, &mut found)
        }
        None => {
            found.push(
                Diagnostic::error(codes::FORMAT_VERSION, "the file is empty")
                    .help(format!("write `version: 1` at the top, then {content}")),
            );
            None
        }
    };
    found.extend(value.iter().flat_map(check));
    found.iter_mut().for_each(|finding| source.locate(finding));
    found.sort_by_key(|finding| finding.start);
    match value {
        Some(value) if !crate::diag::has_errors(&found) => Ok((value, source, found)),
        _ => Err(found),
    }
}

/// A scenario file read from text.
#[cfg(feature = "model")]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ScenarioFile {
    /// What it says.
    pub scenario: Scenario,
    /// Where it says it.
    pub source: SourceMap,
    /// Warnings about the text itself, located.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a scenario of simulated hosts; `name` is only used in diagnostics.
///
/// # Errors
/// Everything found wrong with it, contradictions included, located; at least one finding is an error.
///
/// ```
/// let text = "version: 1\nhosts: [{ name: esxi-1, faults: [{ what: hostd-down, fro: 30 }] }]\n";
/// let mistakes = esxi_core::yaml::scenario("scenario.yaml", text).unwrap_err();
/// assert_eq!(mistakes[0].fix.as_deref(), Some("for"));
/// ```
#[cfg(feature = "model")]
pub fn scenario(name: &str, text: &str) -> Result<ScenarioFile, Vec<Diagnostic>> {
    let (scenario, source, diagnostics) = document(name, text, "`hosts:`", crate::scenario::check)?;
    Ok(ScenarioFile { scenario, source, diagnostics })
}

/// Writes a host file. Reading it again gives an equal value; texts that a YAML 1.1 reader would take for numbers
/// are quoted.
///
/// ```
/// use esxi_core::{spec::HostSpec, yaml};
/// let text = yaml::to_text(&HostSpec::default());
/// assert_eq!(text, "version: 1\n");
/// assert_eq!(yaml::host_file("", &text).unwrap().spec, HostSpec::default());
/// ```
pub fn to_text(spec: &HostSpec) -> String {
    // A HostSpec consists of texts, numbers, lists and mappings with text keys, all of which YAML can write.
    serde_saphyr::to_string(spec).unwrap_or_default()
}

/// Reads the text into a tree; what the tree cannot hold is an error.
pub(crate) fn read_tree(
    name: &str,
    text: &str,
) -> Result<(Option<Node>, SourceMap, Vec<Diagnostic>), Vec<Diagnostic>> {
    let mut source = SourceMap::new(name, text);
    let mut found = Vec::new();
    match parse::parse(text, &source, &mut found) {
        Ok(root) => {
            if let Some(root) = &root {
                root.record("", &mut source);
            }
            Ok((root, source, found))
        }
        Err(finding) => {
            found.push(*finding);
            found.iter_mut().for_each(|finding| source.locate(finding));
            Err(found)
        }
    }
}

fn assume_version(root: &mut Node, found: &mut Vec<Diagnostic>) {
    if let Kind::Map(entries) = &mut root.kind
        && !entries.iter().any(|(key, _)| key.text == "version")
    {
        found.push(
            Diagnostic::error(codes::FORMAT_VERSION, "the file does not say its `version`")
                .at("")
                .help("write `version: 1` at the top"),
        );
        entries.push((Key { text: "version".to_owned(), span: 0..0 }, Node::made("1")));
    }
}

#[cfg(test)]
mod tests;
