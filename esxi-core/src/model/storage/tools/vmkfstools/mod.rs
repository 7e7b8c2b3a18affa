//! `vmkfstools`: VMFS volumes and virtual disks.
//!
//! Verified: what creating a volume prints (7.0, 8.0.3), the forms of `-P` (6.x, 7.0), creating a disk with zeros
//! (5.x), and that a failure ends with 255. Sentences with a number in brackets are VMware's own as its articles
//! quote them; the others are believed.

mod disk;
#[cfg(test)]
mod tests;
mod volume;

use super::failed;
use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::Output;

/// What was asked for: one action, its words, and the options beside it.
#[derive(Debug, Default)]
struct Asked<'a> {
    action: Option<&'a str>,
    /// Words of the action, in order.
    words: Vec<&'a str>,
    file_system: Option<&'a str>,
    label: Option<&'a str>,
    block_size: Option<&'a str>,
    format: Option<&'a str>,
    adapter: Option<&'a str>,
    human: bool,
}

/// Actions by letter and word.
const ACTIONS: [(&str, &str); 13] = [
    ("-C", "--createfs"),
    ("-P", "--queryfs"),
    ("-Z", "--spanfs"),
    ("-G", "--growfs"),
    ("-c", "--createvirtualdisk"),
    ("-i", "--clonevirtualdisk"),
    ("-U", "--deletevirtualdisk"),
    ("-E", "--renamevirtualdisk"),
    ("-X", "--extendvirtualdisk"),
    ("-e", "--chainConsistent"),
    ("-D", "--lock"),
    ("-j", "--inflatedisk"),
    ("-K", "--punchzero"),
];

fn read<'a>(texts: &[&'a str]) -> Option<Asked<'a>> {
    let mut asked = Asked::default();
    let mut words = texts.iter().copied();
    while let Some(word) = words.next() {
        let (option, inline) = match word.split_once('=') {
            Some((option, value)) if option.starts_with("--") => (option, Some(value)),
            _ => (word, None),
        };
        let mut value = || inline.or_else(|| words.next());
        match option {
            "-S" | "--setfsname" => asked.label = Some(value()?),
            "-b" | "--blocksize" => asked.block_size = Some(value()?),
            "-d" | "--diskformat" => asked.format = Some(value()?),
            "-a" | "--adaptertype" => asked.adapter = Some(value()?),
            "-h" | "--humanreadable" => asked.human = true,
            "-Ph" | "-hP" => (asked.action, asked.human) = (Some("-P"), true),
            option if option.starts_with('-') => {
                let (letter, _) =
                    ACTIONS.iter().find(|(letter, long)| *letter == option || *long == option)?;
                if asked.action.replace(letter).is_some() {
                    return None;
                }
                if *letter == "-C" {
                    asked.file_system = Some(value()?);
                } else if let Some(value) = inline {
                    asked.words.push(value);
                }
            }
            word => asked.words.push(word),
        }
    }
    Some(asked)
}

pub(super) fn run(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let texts = call.texts();
    let Some(asked) = read(&texts) else { return not_modelled("vmkfstools", &texts) };
    let done = match (asked.action, &asked.words[..]) {
        (Some("-C"), [device]) => volume::create(console, &asked, device),
        (Some("-P"), [path]) => volume::query(console, &asked, &call.path(path)),
        (Some("-Z"), [extent, head]) => volume::span(console, extent, head, call.stdin),
        (Some("-G"), [extent, head]) => volume::grow(console, extent, head),
        (Some("-c"), [size, path]) => disk::create(console, &asked, size, path, &call.path(path)),
        (Some("-i"), [from, to]) => disk::clone(console, &asked, (from, &call.path(from)), &call.path(to)),
        (Some("-U"), [path]) => disk::delete(console, &call.path(path)),
        (Some("-E"), [from, to]) => disk::rename(console, &call.path(from), &call.path(to)),
        (Some("-X"), [size, path]) => disk::extend(console, size, &call.path(path)),
        (Some("-e"), [path]) => disk::chain(console, &call.path(path)),
        (Some("-D"), [path]) => disk::lock(console, &call.path(path)),
        (Some("-j"), [path]) => disk::reformat(console, &call.path(path), false),
        (Some("-K"), [path]) => disk::reformat(console, &call.path(path), true),
        _ => return not_modelled("vmkfstools", &texts),
    };
    match done {
        Ok(text) => Output::ok(text),
        Err(why) => failed("", why),
    }
}

/// What was said, or why not.
type Done = Result<String, String>;

/// A size: a number and `s`, `k`, `m`, `g` or `t`, in either case; bytes without one.
fn size(text: &str) -> Result<u64, String> {
    let bad = || format!("Invalid size: {text}");
    let digits = text.trim_end_matches(|sign: char| sign.is_ascii_alphabetic());
    let number: u64 = digits.parse().map_err(|_| bad())?;
    let unit = match text.get(digits.len()..).unwrap_or_default().to_ascii_lowercase().as_str() {
        "" => 1,
        "s" => 512,
        "k" | "kb" => 1 << 10,
        "m" | "mb" => 1 << 20,
        "g" | "gb" => 1 << 30,
        "t" | "tb" => 1 << 40,
        _ => return Err(bad()),
    };
    number.checked_mul(unit).filter(|bytes| *bytes > 0).ok_or_else(bad)
}

#[cfg(test)]
mod word_tests {
    use super::*;

    #[test]
    fn options_stand_anywhere() {
        let asked = read(&["-C", "vmfs6", "-b", "1m", "-S", "a", "naa.1:1"]).unwrap();
        assert_eq!(
            (asked.file_system, asked.label, asked.words),
            (Some("vmfs6"), Some("a"), vec!["naa.1:1"])
        );
        assert!(read(&["-Ph", "/vmfs/volumes/a"]).unwrap().human);
        assert_eq!(read(&["--growfs", "a:1", "a:1"]).unwrap().action, Some("-G"));
        assert!(
            read(&["-C"]).is_none()
                && read(&["-U", "a", "-E", "b"]).is_none()
                && read(&["--bogus"]).is_none()
        );
    }

    #[test]
    fn sizes() {
        assert_eq!(
            [size("10G"), size("1t"), size("2048s"), size("512")],
            [Ok(10 << 30), Ok(1 << 40), Ok(1 << 20), Ok(512)]
        );
        for bad in ["", "G", "0", "1x", "99999999999t"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
