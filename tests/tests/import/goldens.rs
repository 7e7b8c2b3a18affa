//! `data/<format>/<case>/`: every file but `expected.yaml` and `diagnostics.txt` is read, all at once. `ESXI_BLESS=1`
//! writes those two anew.

use super::FORMATS;
use esxi_core::diag::Diagnostic;
use esxi_core::import::ImportOptions;
use esxi_core::yaml;
use std::fmt::Write;
use std::path::Path;

/// A case's options stand in the first lines of its first file: `# switch: independent`, `# compat: packer-maas`,
/// `# nic: eth0=0c:c4:7a:b5:80:02`.
fn options(text: &str) -> ImportOptions {
    let mut options = ImportOptions::default();
    for line in text.lines().take_while(|line| line.starts_with('#')) {
        if let Some(side) = line.strip_prefix("# switch: ") {
            options.switch = Some(side.parse().unwrap());
        }
        if let Some(mapping) = line.strip_prefix("# compat: ") {
            options.compat = Some(mapping.parse().unwrap());
        }
        if let Some((name, mac)) = line.strip_prefix("# nic: ").and_then(|nic| nic.split_once('=')) {
            options.nics.insert(name.to_owned(), mac.parse().unwrap());
        }
    }
    options
}

fn lines(diagnostics: &[Diagnostic], with_file: bool) -> String {
    let mut out = String::new();
    for d in diagnostics {
        let place = d.start.map_or("-".into(), |start| format!("{}:{}", start.line, start.column));
        if with_file {
            write!(out, "{}:", d.file.as_deref().unwrap_or_default()).unwrap();
        }
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

/// The files of a case by name, and their texts.
fn inputs(case: &Path) -> Vec<(String, String)> {
    let names = std::fs::read_dir(case).unwrap().map(|entry| entry.unwrap().file_name());
    let mut files: Vec<(String, String)> = names
        .map(|name| name.into_string().unwrap())
        .filter(|name| !["expected.yaml", "diagnostics.txt"].contains(&name.as_str()))
        .map(|name| (name.clone(), std::fs::read_to_string(case.join(&name)).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn every_case_comes_out_as_written() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let mut failures = Vec::new();
    for (format, import) in FORMATS {
        let entries = std::fs::read_dir(data.join(format)).unwrap();
        let mut cases: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        cases.sort();
        assert!(cases.len() >= 3, "{format}: {cases:?}");
        for case in cases {
            let files = inputs(&case);
            let files: Vec<(&str, &str)> =
                files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
            let imported = import(&files, &options(files[0].1));
            let spec = imported.spec.as_ref().map(yaml::to_text).unwrap_or_default();
            if let Some(spec) = &imported.spec {
                let again = yaml::host_file("expected.yaml", &yaml::to_text(spec)).unwrap();
                assert_eq!(again.spec, *spec, "{}", case.display());
                assert!(again.diagnostics.is_empty(), "{}: {:?}", case.display(), again.diagnostics);
            }
            failures.extend(compare(&case.join("expected.yaml"), &spec).err());
            let found = lines(&imported.diagnostics, files.len() > 1);
            failures.extend(compare(&case.join("diagnostics.txt"), &found).err());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
