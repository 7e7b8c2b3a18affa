//! `date` by the host's own clock: busybox formats, the simulator says what time it is.

use super::{BUSYBOX, SOCKET, wire::Request};
use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitCode};

/// The options of busybox's `date` that take a word.
const WITH_WORD: [&str; 4] = ["-d", "-D", "-r", "-s"];

pub(super) fn main(words: &[OsString]) -> ExitCode {
    let status = match given(words) {
        Given::Nothing => now().map(|now| {
            let mut date = date();
            date.arg("-d").arg(format!("@{now}")).args(words).exec()
        }),
        Given::Another => Ok(date().args(words).exec()),
        Given::New(time, others) => return set(&time, &others).unwrap_or(ExitCode::FAILURE),
    };
    // Whatever came back is an error: what went well is busybox now.
    let (Ok(error) | Err(error)) = status;
    let _ = writeln!(io::stderr(), "date: {error}");
    ExitCode::FAILURE
}

fn date() -> Command {
    let mut date = Command::new(BUSYBOX);
    date.arg0("date");
    date
}

/// Which time the words are about.
#[derive(Debug, PartialEq)]
enum Given {
    /// This moment.
    Nothing,
    /// One that they name, or a file's.
    Another,
    /// The clock shall be set to it; the other words say how to show it.
    New(OsString, Vec<OsString>),
}

fn given(words: &[OsString]) -> Given {
    let mut others = Vec::new();
    let mut left = words.iter();
    let mut given = Given::Nothing;
    while let Some(word) = left.next() {
        let bytes = word.as_bytes();
        let long = |name: &str| bytes.strip_prefix(name.as_bytes()).map(OsStr::from_bytes);
        if let Some(time) = long("--set=") {
            return Given::New(time.to_owned(), others.into_iter().chain(left).cloned().collect());
        }
        if word == "--set" || word == "-s" {
            let Some(time) = left.next() else { return Given::Another };
            return Given::New(time.clone(), others.into_iter().chain(left).cloned().collect());
        }
        if long("--date=").or(long("--reference=")).is_some()
            || matches!(word.to_str(), Some("--date" | "--reference"))
        {
            given = Given::Another;
        }
        if WITH_WORD.iter().any(|option| bytes.starts_with(option.as_bytes())) {
            if bytes.len() > 2 && bytes.starts_with(b"-s") {
                let time = OsStr::from_bytes(&bytes[2..]).to_owned();
                return Given::New(time, others.into_iter().chain(left).cloned().collect());
            }
            if !bytes.starts_with(b"-D") {
                given = Given::Another;
            }
            others.push(word);
            others.extend((bytes.len() == 2).then(|| left.next()).flatten());
            continue;
        }
        // A bare word is a time to set, as in `date 010203042026`.
        let bare = !bytes.starts_with(b"-") && !bytes.starts_with(b"+");
        if bare && given == Given::Nothing {
            return Given::New(word.clone(), others.into_iter().chain(left).cloned().collect());
        }
        others.push(word);
    }
    given
}

/// Seconds since 1970 by the host's own clock.
fn now() -> io::Result<u64> {
    let mut socket = UnixStream::connect(SOCKET)?;
    socket.write_all(&[Request::Clock as u8])?;
    let mut answer = [0; 8];
    socket.read_exact(&mut answer)?;
    Ok(u64::from_be_bytes(answer))
}

/// Has busybox read the new time, sets the host's clock, and shows it.
fn set(time: &OsStr, others: &[OsString]) -> io::Result<ExitCode> {
    let utc = |word: &&OsString| matches!(word.to_str(), Some("-u" | "--utc"));
    let read = date().args(others.iter().filter(utc)).arg("-d").arg(time).arg("+%s").output()?;
    let seconds = String::from_utf8_lossy(&read.stdout).trim().parse::<u64>();
    let Ok(seconds) = seconds else {
        io::stderr().write_all(&read.stderr)?;
        return Ok(ExitCode::FAILURE);
    };
    let mut socket = UnixStream::connect(SOCKET)?;
    socket.write_all(&[Request::SetClock as u8])?;
    socket.write_all(&seconds.to_be_bytes())?;
    socket.read_exact(&mut [0])?;
    let error = date().arg("-d").arg(format!("@{seconds}")).args(others).exec();
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Given {
        given(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn the_time_that_words_are_about() {
        let new = |time: &str, others: &[&str]| {
            Given::New(time.into(), others.iter().map(OsString::from).collect::<Vec<_>>())
        };
        for now in ["", "+%s", "-u", "-u +%Y-%m-%dT%H:%M:%S", "-R", "-I"] {
            assert_eq!(of(now), Given::Nothing, "{now}");
        }
        for other in ["-d @5 +%s", "-d@5", "-r /etc/hosts", "--date=2026-01-01", "-u -D %s -d 5"] {
            assert_eq!(of(other), Given::Another, "{other}");
        }
        assert_eq!(of("-u -s 12:00 +%s"), new("12:00", &["-u", "+%s"]));
        assert_eq!(of("--set=@5"), new("@5", &[]));
        assert_eq!(of("010203042026"), new("010203042026", &[]));
        assert_eq!(of("-s@5 -u"), new("@5", &["-u"]));
    }
}
