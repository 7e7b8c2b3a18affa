//! `data/curtin/<case>/input.yaml` → `expected.yaml` and `diagnostics.txt`. `ESXI_BLESS=1` writes them anew.

use esxi_core::diag::Diagnostic;
use esxi_core::import::{ImportOptions, curtin};
use esxi_core::yaml;
use std::fmt::Write;
use std::path::Path;

/// A case's options stand in its first line: `# switch: independent`, `# compat: packer-maas`.
fn options(text: &str) -> ImportOptions {
    let mut options = ImportOptions::default();
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        if let Some(side) = line.strip_prefix("# switch: ") {
            options.switch = Some(side.parse().unwrap());
        }
        if let Some(mapping) = line.strip_prefix("# compat: ") {
            options.compat = Some(mapping.parse().unwrap());
        }
    }
    options
}

fn lines(diagnostics: &[Diagnostic]) -> String {
    let mut out = String::new();
    for d in diagnostics {
        let place = d.start.map_or("-".into(), |start| format!("{}:{}", start.line, start.column));
        writeln!(out, "{place} {d}").unwrap();
    }
    out
}

fn compare(path: &Path, now: &str) -> Result<(), String> {
    if std::env::var_os("ESXI_BLESS").is_some() {
        std::fs::write(path, now).unwrap();
    }
    let wanted = std::fs::read_to_string(path).unwrap_or_default();
    if wanted == now { Ok(()) } else { Err(format!("{} differs; now:\n{now}", path.display())) }
}

#[test]
fn every_case_comes_out_as_written() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/curtin");
    let mut cases: Vec<_> = std::fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.sort();
    assert!(cases.len() >= 5, "{cases:?}");
    let mut failures = Vec::new();
    for case in cases {
        let text = std::fs::read_to_string(case.join("input.yaml")).unwrap();
        let imported = curtin("input.yaml", &text, &options(&text));
        let spec = imported.spec.as_ref().map(yaml::to_text).unwrap_or_default();
        if let Some(spec) = &imported.spec {
            let again = yaml::host_file("expected.yaml", &yaml::to_text(spec)).unwrap();
            assert_eq!(again.spec, *spec, "{}", case.display());
            assert!(again.diagnostics.is_empty(), "{}: {:?}", case.display(), again.diagnostics);
        }
        failures.extend(compare(&case.join("expected.yaml"), &spec).err());
        failures.extend(compare(&case.join("diagnostics.txt"), &lines(&imported.diagnostics)).err());
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
