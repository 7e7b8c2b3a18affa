//! A host for the tests of families: a machine, files in memory, and comparison with captures.

use super::{Call, Machine, Memory, Output, run_in, samples};
use crate::state::{FactoryNic, factory};

pub(crate) struct TestHost {
    pub machine: Machine,
    pub around: Memory,
}

impl TestHost {
    /// As installed, with two cards that have link; the clock stands at 2026-03-01.
    pub fn new(version: &str) -> Self {
        let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"]
            .map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
        let machine = Machine::new(factory(version.parse().unwrap(), &nics));
        TestHost { machine, around: Memory { now: 1_772_323_200, ..Memory::default() } }
    }
    /// Executes a line; `~` inside a word stands for a blank.
    pub fn exec(&mut self, line: &str) -> Output {
        self.exec_with(line, b"")
    }
    pub fn exec_with(&mut self, line: &str, stdin: &[u8]) -> Output {
        let words: Vec<String> = line.split(' ').map(|word| word.replace('~', " ")).collect();
        self.call(&words, stdin)
    }
    pub fn call(&mut self, words: &[String], stdin: &[u8]) -> Output {
        run_in(&mut self.machine, &mut self.around, &Call { stdin, ..Call::new(words) })
    }
    /// Standard output of a line that must go well.
    pub fn text(&mut self, line: &str) -> String {
        let output = self.exec(line);
        assert_eq!(output.status, 0, "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
    /// A line that must go well and say nothing.
    pub fn silent(&mut self, line: &str) {
        assert_eq!(self.text(line), "", "{line}");
    }
    /// Standard output of a line that must be refused, without a trace in the machine.
    pub fn refused(&mut self, line: &str) -> String {
        let before = self.machine.clone();
        let output = self.exec(line);
        assert!(output.status == 1 || output.status == 255, "{line}: {output:?}");
        assert!(!output.changed && self.machine == before, "{line} left a trace");
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    }
    /// Name of the boot disk.
    pub fn boot(&self) -> String {
        self.machine.storage.disks[0].name.clone()
    }
    /// Name of the empty disk.
    pub fn blank(&self) -> String {
        self.machine.storage.disks[1].name.clone()
    }
}

/// A capture's lines without trailing blanks, which copies lose.
pub(crate) fn lines(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}

/// Compares with a capture, line by line; passes where the collection is not at hand.
pub(crate) fn same(sample: &str, ours: &str) {
    let Some(theirs) = samples::output(sample) else { return };
    assert_eq!(lines(ours), lines(&theirs), "{sample}");
}

/// Compares the labels of the first item with those of a capture's first item, and nothing else: for captures whose
/// values belong to a host that the model cannot be, or whose blanks were lost.
pub(crate) fn same_labels(sample: &str, ours: &str) {
    let Some(theirs) = samples::output(sample) else { return };
    let fields = |text: &str| -> Vec<String> {
        let item = text.trim_end().split("\n\n").next().unwrap_or_default();
        let label = |line: &str| line.trim().split(':').next().unwrap_or_default().to_owned();
        item.lines().skip(1).map(label).collect()
    };
    assert_eq!(fields(ours), fields(&theirs), "{sample}");
}
