//! Breaks reachability and plans on purpose, one rule at a time, and requires that the property tests notice.
//!
//! A copy of the core and of what judges it is made in a temporary directory; a wrong rule is put in, built and
//! tested with the seeds of the normal run. A rule that survives, that does not build, or whose text is no longer
//! in the sources, is a failure. `mutants WORD` runs only rules with the word in their description.
#![allow(clippy::print_stdout, reason = "a command")]

mod list;

use list::{MUTANTS, Mutant};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

/// Cases per property: enough for the rarest rule.
const CASES: &str = "1500";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            println!("mutants: {error}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<bool, Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no workspace")?;
    let only = std::env::args().nth(1);
    let copy = Copy::of(root)?;
    match copy.test()? {
        Outcome::Passed => {}
        Outcome::Caught(how) => return Err(format!("the tests fail without any change: {how}").into()),
        Outcome::Broken(how) => return Err(format!("the copy does not build: {how}").into()),
    }
    let (mut passed, mut failed) = (0, 0);
    for mutant in MUTANTS.iter().filter(|one| only.as_ref().is_none_or(|word| one.what.contains(word))) {
        let start = Instant::now();
        let result = copy.with(mutant)?;
        let seconds = start.elapsed().as_secs();
        let caught = matches!(result, Ok(Outcome::Caught(_)));
        let note = match &result {
            Ok(Outcome::Caught(by)) => format!("caught by {by}"),
            Ok(Outcome::Passed) => "NOT NOTICED".to_owned(),
            Ok(Outcome::Broken(how)) => format!("DOES NOT BUILD: {how}"),
            Err(why) => format!("DOES NOT APPLY: {why}"),
        };
        println!("{:12} {:64} {seconds:3} s  {note}", mutant.file, mutant.what);
        if caught {
            passed += 1;
        } else {
            failed += 1;
        }
    }
    println!("{passed} passed, {failed} failed");
    Ok(failed == 0 && passed > 0)
}

enum Outcome {
    Passed,
    Caught(String),
    Broken(String),
}

/// A small workspace: the core, the judge and the properties.
struct Copy {
    dir: tempfile::TempDir,
    target: PathBuf,
}

impl Copy {
    fn of(root: &Path) -> Result<Self, Box<dyn Error>> {
        let dir = tempfile::tempdir()?;
        copy_tree(&root.join("esxi-core"), &dir.path().join("esxi-core"))?;
        for part in ["src/arb", "src/oracle", "src/referee", "tests/props"] {
            copy_tree(&root.join("tests").join(part), &dir.path().join("tests").join(part))?;
        }
        fs::copy(root.join("tests/src/scenario.rs"), dir.path().join("tests/src/scenario.rs"))?;
        fs::write(
            dir.path().join("tests/src/lib.rs"),
            "pub mod arb;\npub mod oracle;\npub mod referee;\npub mod scenario;\n",
        )?;
        fs::write(dir.path().join("tests/Cargo.toml"), MANIFEST)?;
        let workspace = fs::read_to_string(root.join("Cargo.toml"))?;
        fs::write(dir.path().join("Cargo.toml"), only_two_members(&workspace))?;
        fs::copy(root.join("Cargo.lock"), dir.path().join("Cargo.lock"))?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        Ok(Copy { dir, target: target.join("mutants") })
    }

    /// Puts the wrong rule in, tests, and takes it out again. The inner error says why it does not apply.
    fn with(&self, mutant: &Mutant) -> Result<Result<Outcome, String>, Box<dyn Error>> {
        let path = self.dir.path().join("esxi-core/src").join(mutant.folder).join(mutant.file);
        let right = fs::read_to_string(&path)?;
        let found = right.matches(mutant.right).count();
        if found != 1 {
            return Ok(Err(format!("the text of the right rule occurs {found} times")));
        }
        fs::write(&path, right.replacen(mutant.right, mutant.wrong, 1))?;
        let outcome = self.test();
        fs::write(&path, right)?;
        Ok(Ok(outcome?))
    }

    fn test(&self) -> Result<Outcome, Box<dyn Error>> {
        let built = self.cargo().args(["test", "--quiet", "--test", "props", "--no-run"]).output()?;
        if !built.status.success() {
            let text = String::from_utf8_lossy(&built.stderr).into_owned();
            let line = text.lines().find(|line| line.starts_with("error")).unwrap_or("").to_owned();
            return Ok(Outcome::Broken(line));
        }
        let ran = self.cargo().args(["test", "--quiet", "--test", "props"]).output()?;
        if ran.status.success() {
            return Ok(Outcome::Passed);
        }
        let text = String::from_utf8_lossy(&ran.stdout);
        let failing =
            text.lines().filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"));
        let names: Vec<&str> = failing.collect();
        match names.as_slice() {
            [] => Ok(Outcome::Broken("the tests did not run".into())),
            names => Ok(Outcome::Caught(names.join(", "))),
        }
    }

    fn cargo(&self) -> Command {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .current_dir(self.dir.path().join("tests"))
            .env("CARGO_TARGET_DIR", &self.target)
            .env("PROPTEST_CASES", CASES)
            .env("PROPTEST_MAX_SHRINK_ITERS", "0")
            .env("RUST_BACKTRACE", "0")
            .env("RUSTFLAGS", "-Awarnings")
            .stdin(Stdio::null());
        cargo
    }
}

/// The manifest of the judge with nothing else the tests crate needs.
const MANIFEST: &str = r#"[package]
name = "esxi-tests"
version = "0.0.0"
edition = "2024"

[dependencies]
esxi-core.workspace = true
ipnet.workspace = true
proptest = { version = "1", default-features = false, features = ["std"] }
"#;

/// The workspace manifest with other members.
fn only_two_members(manifest: &str) -> String {
    let skip = |line: &&str| {
        !["members", "default-members", "exclude"].iter().any(|key| line.starts_with(&format!("{key} =")))
    };
    let lines: Vec<&str> = manifest.lines().filter(skip).collect();
    lines.join("\n").replacen("[workspace]", "[workspace]\nmembers = [\"esxi-core\", \"tests\"]", 1)
}

fn copy_tree(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
