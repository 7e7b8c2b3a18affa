//! Design rules: for each a document in which it fires, at the exact place, and the nearest one in which it does not.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod file;
mod host;

use esxi_core::block::Catalogue;
use esxi_core::diag::Diagnostic;
use esxi_core::spec::{ResolveOptions, check, check_addresses, check_host, resolve};
use esxi_core::state::HostState;
use esxi_core::yaml;

/// Everything that is found in a host file, and what the host adds to it.
fn findings(text: &str, host: Option<&HostState>) -> Vec<Diagnostic> {
    let read = yaml::host_file("host.yaml", text).unwrap_or_else(|found| panic!("{found:?}\n{text}"));
    let catalogue = Catalogue::builtin();
    let mut found = match host {
        None => check(&read.spec),
        Some(host) => resolve(&read.spec, host, ResolveOptions::default()).diagnostics,
    };
    found.extend(check_addresses(&read.spec, &catalogue));
    if let Some(host) = host {
        let desired = resolve(&read.spec, host, ResolveOptions::default()).desired;
        found.extend(check_host(&read.spec, host, &desired, &catalogue));
    }
    found.iter_mut().for_each(|finding| read.source.locate(finding));
    found
}

/// The place that is marked in the document: `«` stands before the first character of the value.
fn marked(text: &str) -> (String, u32, u32) {
    let at = text.find('«').expect("a mark");
    let line = text[..at].matches('\n').count() as u32 + 1;
    let column = text[..at].rsplit('\n').next().unwrap().chars().count() as u32 + 1;
    (text.replace('«', ""), line, column)
}

/// The rule fires once, where the mark is, and says what to do.
#[track_caller]
fn fires_on(host: Option<&HostState>, code: &str, text: &str) -> Diagnostic {
    let (text, line, column) = marked(text);
    let found = findings(&text, host);
    let mut of_code = found.iter().filter(|finding| finding.code.as_str() == code);
    let one = of_code.next().unwrap_or_else(|| panic!("{code} is not among {found:?}\n{text}")).clone();
    assert!(of_code.next().is_none(), "{code} twice: {found:?}");
    let start = one.start.expect("a place");
    assert_eq!((start.line, start.column), (line, column), "{one:?}\n{text}");
    assert!(one.help.as_ref().is_some_and(|help| !help.is_empty()), "{one:?}");
    assert!(one.code.info().text.len() > 100, "{code} is hardly explained");
    one
}

#[track_caller]
fn silent_on(host: Option<&HostState>, code: &str, text: &str) {
    let found = findings(text, host);
    assert!(found.iter().all(|finding| finding.code.as_str() != code), "{found:?}\n{text}");
}

/// Fires with the mark's part of the text, not with what replaces it: `pair("NET044", "… ", "10", "0", " …")`.
#[track_caller]
fn pair(host: Option<&HostState>, code: &str, document: &str, wrong: &str, right: &str) -> Diagnostic {
    assert!(document.contains('§'), "the place of the difference");
    let fired = fires_on(host, code, &document.replace('§', wrong));
    silent_on(host, code, &document.replace('§', right).replace('«', ""));
    fired
}
