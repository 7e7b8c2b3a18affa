//! The record: every command of the model that a host executed, as lines of JSON.

use super::SimError;
use super::clock::stamp;
use super::event::redacted;
use data_encoding::HEXLOWER;
use esxi_core::model::calendar::days;
use esxi_core::model::{Machine, Output};
use esxi_core::reach::Fabric;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Lines that are kept in memory for whoever asks late.
const RECENT: usize = 10_000;

/// Where hosts write down what they execute. Clones write to the same place.
///
/// Passwords are replaced by `***` before anything is written. What busybox does by itself (`sed`, `cat`, a
/// redirection) is no command of the model and is not in the record.
#[derive(Clone, Default)]
pub struct Record {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    file: Option<File>,
    /// A file of each host in here.
    folder: Option<PathBuf>,
    files: BTreeMap<String, File>,
    recent: VecDeque<String>,
    failed: bool,
}

impl Inner {
    fn append(&mut self, host: &str, line: &[u8]) -> io::Result<()> {
        if let Some(file) = &mut self.file {
            return file.write_all(line);
        }
        let Some(folder) = &self.folder else { return Ok(()) };
        if !self.files.contains_key(host) {
            self.files.insert(host.to_owned(), File::create(folder.join(format!("{host}.jsonl")))?);
        }
        self.files.get_mut(host).map_or(Ok(()), |file| file.write_all(line))
    }
}

impl Record {
    /// A record in memory: the last ten thousand lines.
    pub fn in_memory() -> Record {
        Record::default()
    }

    /// A record in a new file, which replaces one that is there.
    ///
    /// # Errors
    /// [`SimError::Io`].
    pub fn create(path: &Path) -> Result<Record, SimError> {
        let file = File::create(path).map_err(SimError::io(format!("write {}", path.display())))?;
        let inner = Inner { file: Some(file), ..Inner::default() };
        Ok(Record { inner: Arc::new(Mutex::new(inner)) })
    }

    /// A record in a folder, which is made: a file `HOST.jsonl` of each host.
    ///
    /// # Errors
    /// [`SimError::Io`].
    pub fn create_in(folder: &Path) -> Result<Record, SimError> {
        std::fs::create_dir_all(folder).map_err(SimError::io(format!("make {}", folder.display())))?;
        let inner = Inner { folder: Some(folder.to_owned()), ..Inner::default() };
        Ok(Record { inner: Arc::new(Mutex::new(inner)) })
    }

    /// The last lines, oldest first, without those that hold a whole host.
    pub fn recent(&self) -> Vec<String> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).recent.iter().cloned().collect()
    }

    /// Writes a line; says once when that fails.
    pub(crate) fn write(&self, line: &RecordLine) -> Result<(), String> {
        let text = serde_json::to_string(line).map_err(|error| error.to_string())?;
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let written = inner.append(&line.host, format!("{text}\n").as_bytes());
        if !matches!(line.what, Recorded::Host { .. }) {
            if inner.recent.len() == RECENT {
                inner.recent.pop_front();
            }
            inner.recent.push_back(text);
        }
        match written {
            Err(error) if !std::mem::replace(&mut inner.failed, true) => Err(error.to_string()),
            _ => Ok(()),
        }
    }
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").finish_non_exhaustive()
    }
}

/// A line of the record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RecordLine {
    /// When, by the true clock: RFC 3339 in UTC, to the millisecond.
    pub time: String,
    /// On which host.
    pub host: String,
    /// What happened.
    #[serde(flatten)]
    pub what: Recorded,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Recorded {
    /// The host as it is from now on: what a replay begins with.
    Host {
        /// Version of this format: 1.
        schema: u32,
        /// The machine.
        machine: serde_json::Value,
        /// What a boot comes back to.
        saved: serde_json::Value,
        /// The world around it.
        fabric: serde_json::Value,
    },
    /// A command.
    Command {
        /// Its number on this host, from 1.
        number: u64,
        /// Who sent it, where that is known; absent for what the host's own scripts run.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        client: Option<IpAddr>,
        /// Its words; passwords are `***`.
        argv: Vec<String>,
        /// Exit status.
        status: u8,
        /// `sha256:` and the digest of standard output followed by standard error.
        output: String,
        /// Length of both.
        bytes: usize,
        /// Milliseconds since the host booted.
        uptime: u64,
        /// True when a fault answered in the host's place.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        fault: bool,
    },
    /// The configuration was saved.
    Saved,
    /// The host booted.
    Boot {
        /// How often it did, from 1.
        boot: u64,
    },
    /// A fault began, or struck.
    FaultBegan {
        /// Its number on this host.
        fault: u64,
        /// What it is, in words.
        what: String,
    },
    /// A fault is over.
    FaultEnded {
        /// Its number on this host.
        fault: u64,
        /// What it was, in words.
        what: String,
    },
}

impl Recorded {
    pub(crate) fn host(machine: &Machine, saved: &Machine, fabric: &Fabric) -> Recorded {
        // They consist of texts, numbers, lists and mappings, all of which JSON can hold.
        let value = |part: serde_json::Result<serde_json::Value>| part.unwrap_or_default();
        Recorded::Host {
            schema: 1,
            machine: value(serde_json::to_value(machine)),
            saved: value(serde_json::to_value(saved)),
            fabric: value(serde_json::to_value(fabric)),
        }
    }

    pub(crate) fn command(
        number: u64,
        client: Option<IpAddr>,
        argv: &[String],
        output: &Output,
        uptime: Duration,
        fault: bool,
    ) -> Recorded {
        Recorded::Command {
            number,
            client,
            argv: redacted(argv),
            status: output.status,
            output: digest(output),
            bytes: output.stdout.len() + output.stderr.len(),
            uptime: u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX),
            fault,
        }
    }
}

/// `sha256:` and the digest of all that was printed.
pub(crate) fn digest(output: &Output) -> String {
    let mut hash = Sha256::new();
    hash.update(&output.stdout);
    hash.update(&output.stderr);
    format!("sha256:{}", HEXLOWER.encode(&hash.finalize()))
}

/// This moment in RFC 3339.
pub(crate) fn timestamp() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    rfc3339(now)
}

fn rfc3339(since_1970: Duration) -> String {
    stamp(since_1970, true)
}

/// Seconds since 1970 of a time that [`rfc3339`] wrote.
pub(crate) fn seconds_of(time: &str) -> Option<u64> {
    let part = |from: usize, to: usize| time.get(from..to)?.parse::<u32>().ok().map(i64::from);
    let (year, month, day) = (part(0, 4)?, part(5, 7)?, part(8, 10)?);
    if !(1970..10_000).contains(&year) || !(1..=12).contains(&month) || day == 0 {
        return None;
    }
    let seconds = days(year, month, day) * 86_400 + part(11, 13)? * 3600 + part(14, 16)? * 60 + part(17, 19)?;
    u64::try_from(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_and_read() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00.007Z"),
            (951_782_400, "2000-02-29T00:00:00.007Z"),
            (1_735_689_599, "2024-12-31T23:59:59.007Z"),
            (1_763_748_061, "2025-11-21T18:01:01.007Z"),
        ] {
            assert_eq!(rfc3339(Duration::new(seconds, 7_000_000)), text);
            assert_eq!(seconds_of(text), Some(seconds));
        }
        assert_eq!(seconds_of("yesterday"), None);
    }

    #[test]
    fn the_last_lines_are_kept_and_passwords_are_not() {
        let record = Record::in_memory();
        let argv: Vec<String> =
            ["esxcli", "system", "account", "set", "-i", "root", "-p", "geheim"].map(str::to_owned).into();
        for number in 0..=RECENT as u64 {
            let what = Recorded::command(number, None, &argv, &Output::default(), Duration::ZERO, false);
            record.write(&RecordLine { time: timestamp(), host: "a".into(), what }).unwrap();
        }
        let lines = record.recent();
        assert_eq!(lines.len(), RECENT);
        assert!(lines[0].contains("\"number\":1,"), "{}", lines[0]);
        assert!(lines.iter().all(|line| line.contains("***") && !line.contains("geheim")));
        let empty = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert!(lines[0].contains(empty), "{}", lines[0]);
    }
}
