//! The whole life of the `esxi` process for one question, beside the programs that answer the same question where
//! they are installed.
//!
//! The programs take turns within every round, so that a busy moment of the machine hits all alike. Processes differ
//! by less than such moments do, hence no Criterion here: it measures one thing after the other.
#![allow(clippy::unwrap_used, reason = "a benchmark whose answer is wrong shall stop")]
#![allow(clippy::print_stdout, reason = "the figures are the result")]

use std::ffi::OsStr;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Rounds without `--bench` (does it work?) and with it. ESXI_BENCH_ROUNDS overrides the second.
const ROUNDS: (usize, usize) = (1, 500);

/// Time for the whole process.
const BUDGET: Duration = Duration::from_millis(15);

/// What each of them must say of 10.0.0.0/16: mask, last host, broadcast address.
const ANSWER: [&str; 3] = ["255.255.0.0", "10.0.255.254", "10.0.255.255"];

/// A program and its words.
struct Contender {
    name: &'static str,
    program: PathBuf,
    words: &'static [&'static str],
    times: Vec<Duration>,
}

fn main() {
    // As Criterion's benchmarks do: without `--bench` once only, and only what a word on the command line names.
    let measure = std::env::args().any(|word| word == "--bench");
    let filters: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let name = "startup/ip-plan/16";
    if !filters.is_empty() && !filters.iter().any(|filter| name.contains(filter.as_str())) {
        return;
    }
    let rounds = if measure {
        std::env::var("ESXI_BENCH_ROUNDS").map_or(ROUNDS.1, |rounds| rounds.parse().unwrap())
    } else {
        ROUNDS.0
    };
    let mut contenders = contenders();
    for round in 0..rounds {
        // Forwards and backwards, from each in turn: none always runs in what the same other one left of the caches.
        for turn in 0..contenders.len() {
            let turn = if round % 2 == 0 { turn } else { contenders.len() - 1 - turn };
            let index = (round / 2 + turn) % contenders.len();
            contenders[index].run();
        }
    }
    if measure {
        report(name, &contenders);
    }
}

/// The program of this workspace first, then its peers that are installed.
fn contenders() -> Vec<Contender> {
    let contender = |name, program, words| Contender { name, program, words, times: Vec::new() };
    let ours: &[&str] = &["ip", "plan", "10.0.0.0/16", "--provider", "generic-onlink"];
    let mut all = vec![contender("esxi ip plan", build(), ours)];
    let path = std::env::var_os("PATH").unwrap_or_default();
    for name in ["sipcalc", "ipcalc"] {
        // By its path, as the first one: nobody's time shall hold a search.
        let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
        if let Some(program) = found {
            all.push(contender(name, program, &["10.0.0.0/16"]));
        }
    }
    all
}

/// The `esxi` of the profile this benchmark is built with, made now: an old one would give the figures of yesterday.
fn build() -> PathBuf {
    let me = std::env::current_exe().unwrap();
    // <target>/<profile>/deps/startup-<hash>
    let folder = me.ancestors().nth(2).unwrap();
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let profile = if folder.file_name() == Some(OsStr::new("debug")) { "dev" } else { "release" };
    let status = Command::new(cargo)
        .args(["build", "--quiet", "--locked", "-p", "esxi-cli", "--bin", "esxi", "--profile", profile])
        .arg("--target-dir")
        .arg(folder.parent().unwrap())
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap())
        .status();
    assert!(status.unwrap().success());
    folder.join("esxi")
}

impl Contender {
    /// From before the process is started until it has ended and all it said was read.
    fn run(&mut self) {
        let mut said = String::new();
        let started = Instant::now();
        let mut child = Command::new(&self.program)
            .args(self.words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdout.take().unwrap().read_to_string(&mut said).unwrap();
        let status = child.wait().unwrap();
        self.times.push(started.elapsed());
        assert!(status.success(), "{}: {status}", self.name);
        for part in ANSWER {
            assert!(said.contains(part), "{} does not say {part}: {said}", self.name);
        }
    }

    fn sorted(&self) -> Vec<Duration> {
        let mut times = self.times.clone();
        times.sort_unstable();
        times
    }
}

/// Median and quartiles of each, and of the ratios within the rounds to the first.
fn report(name: &str, contenders: &[Contender]) {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().filter(|load| !load.is_empty()).unwrap_or("unknown");
    println!("{name}: {} rounds, load {load}", contenders[0].times.len());
    for one in contenders {
        let ratios = one.times.iter().zip(&contenders[0].times);
        let mut ratios: Vec<f64> =
            ratios.map(|(other, ours)| ours.as_secs_f64() / other.as_secs_f64()).collect();
        ratios.sort_unstable_by(f64::total_cmp);
        let times = one.sorted();
        let [low, middle, high] = [1, 2, 3].map(|quarter| times.len() * quarter / 4);
        println!(
            "  {:<14} median {:>9.1?}  quartiles {:>9.1?} to {:>9.1?}  esxi takes {:.3} of it ({:.3} to {:.3})",
            one.name, times[middle], times[low], times[high], ratios[middle], ratios[low], ratios[high],
        );
    }
    let ours = contenders[0].sorted();
    let ours = ours[ours.len() / 2];
    assert!(ours < BUDGET, "{ours:?} is more than the budget of {BUDGET:?}");
}
