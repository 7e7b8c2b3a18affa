//! `esxi sim coverage`.

use crate::args::SimCoverage;
use crate::cmd::teaming::parse;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::out::Out;
use esxi_core::EsxiVersion;
use esxi_core::model::grammar::{Covered, RELEASES, Standing, Support, coverage};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

pub fn run(out: &Out, args: &SimCoverage) -> Result<Exit, Failure> {
    let releases = match &args.esxi {
        Some(text) => vec![parse(text, "a version of ESXi such as 7.0")?],
        None => RELEASES.to_vec(),
    };
    let releases: Vec<Release> = releases.into_iter().map(|version| Release::new(version, args)).collect();
    if out.is_json() {
        out.json(&Document { schema: 1, releases });
    } else {
        let text: Vec<String> = releases.iter().map(|release| release.text(args.lacking)).collect();
        out.print(text.join("\n"));
    }
    Ok(Exit::Fine)
}

#[derive(Serialize)]
struct Document {
    schema: u8,
    releases: Vec<Release>,
}

/// What is known of a release.
#[derive(Serialize)]
struct Release {
    esxi: EsxiVersion,
    /// Every command it is known or believed to have.
    known: Count,
    /// Those of them that stand in a public index of this very release.
    indexed: Count,
    namespaces: BTreeMap<&'static str, Count>,
    commands: Vec<Command>,
}

#[derive(Serialize)]
struct Command {
    command: &'static str,
    support: &'static str,
    evidence: &'static str,
}

#[derive(Default, Serialize)]
struct Count {
    executed: usize,
    parse_only: usize,
    lacking: usize,
}

impl Count {
    fn of<'a>(commands: impl Iterator<Item = &'a Covered>) -> Count {
        let mut count = Count::default();
        commands.for_each(|command| count.add(command.support));
        count
    }
    fn add(&mut self, support: Support) {
        match support {
            Support::Executed => self.executed += 1,
            Support::ParseOnly => self.parse_only += 1,
            Support::Lacking => self.lacking += 1,
        }
    }
    fn all(&self) -> usize {
        self.executed + self.parse_only + self.lacking
    }
    fn cells(&self) -> String {
        format!("{:>8}  {:>10}  {:>7}", self.executed, self.parse_only, self.lacking)
    }
}

impl Release {
    fn new(version: EsxiVersion, args: &SimCoverage) -> Release {
        let commands = coverage(version);
        let mut namespaces: BTreeMap<&'static str, Count> = BTreeMap::new();
        for command in &commands {
            namespaces.entry(command.namespace()).or_default().add(command.support);
        }
        let listed = commands.iter().filter(|one| !args.lacking || one.support != Support::Executed);
        Release {
            esxi: version,
            known: Count::of(commands.iter()),
            indexed: Count::of(commands.iter().filter(|one| one.standing == Standing::Indexed)),
            namespaces,
            commands: listed
                .map(|one| Command {
                    command: one.path,
                    support: one.support.word(),
                    evidence: match one.standing {
                        Standing::Indexed => "indexed",
                        Standing::Between => "between",
                        Standing::Believed => "believed",
                    },
                })
                .collect(),
        }
    }

    fn text(&self, lacking: bool) -> String {
        let mut text = format!("ESXi {}\n", self.esxi);
        let mut row = |name: &str, cells: String| {
            let _ = writeln!(text, "  {}", format!("{name:<32}  {cells}").trim_end());
        };
        row("", format!("{:>8}  {:>10}  {:>7}", "executed", "parse only", "lacking"));
        row("known or believed", self.known.cells());
        match self.indexed.all() {
            0 => row("no public index of this release", String::new()),
            all => {
                let share = format!("{}  {:>3} %", self.indexed.cells(), self.indexed.executed * 100 / all);
                row("in a public index of it", share);
            }
        }
        for (name, count) in &self.namespaces {
            row(&format!("  {name}"), count.cells());
        }
        for command in self.commands.iter().filter(|_| lacking) {
            let _ = writeln!(text, "  {:<10}  {}", command.support.replace('_', " "), command.command);
        }
        text
    }
}
