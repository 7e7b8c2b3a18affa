//! A fault as words, for command lines: `link-down vmnic1 at command 3 for 30s`.

use super::fault::{FaultKind, FaultRule, FaultRuleError, When};
use std::str::FromStr;

/// The words that name a fault, each with what follows it.
const KINDS: &[(&str, &str)] = &[
    ("link-down", "link-down vmnic1"),
    ("latency", "latency command 500 round-trip 80, in milliseconds"),
    ("cut", "cut"),
    ("mute", "mute"),
    ("busy", "busy vmnic1"),
    ("fail", "fail \"the text\" status 1"),
    ("hostd-down", "hostd-down"),
    ("datastore-full", "datastore-full datastore1"),
    ("clock", "clock +3600, in seconds"),
    ("power-loss", "power-loss"),
    ("drop-foreign-macs", "drop-foreign-macs"),
    ("lacp-only", "lacp-only"),
    ("vcenter", "vcenter 192.0.2.5"),
    ("lockdown", "lockdown except root"),
];

/// Words that are no fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultWordsError {
    /// No fault is called so.
    #[error("there is no fault \"{word}\"")]
    Unknown {
        /// The word.
        word: String,
        /// What was probably meant, and all there are.
        help: String,
    },
    /// A word or number is missing or another one than can stand there.
    #[error("{found} does not fit here")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What may stand there.
        help: String,
    },
    /// A quote that is not closed.
    #[error("a quote is not closed")]
    Quote,
    /// The parts do not fit each other.
    #[error(transparent)]
    Rule(#[from] FaultRuleError),
}

impl FaultWordsError {
    /// What to write instead.
    pub fn help(&self) -> String {
        match self {
            FaultWordsError::Unknown { help, .. } | FaultWordsError::Unexpected { help, .. } => help.clone(),
            FaultWordsError::Quote => "close it".to_owned(),
            FaultWordsError::Rule(_) => ENDING.to_owned(),
        }
    }
}

const ENDING: &str = "what lasts may end with `for 30s`, what is over in a moment with `times 3`; a beginning is `at \
                      20s`, `at command 3`, `at words \"esxcli network\"` or `at bytes 4096`";

impl FromStr for FaultRule {
    type Err = FaultWordsError;
    fn from_str(text: &str) -> Result<Self, FaultWordsError> {
        FaultRule::from_words(&split(text)?)
    }
}

impl FaultRule {
    /// Reads a fault from words that a shell has split already.
    ///
    /// # Errors
    /// [`FaultWordsError`] says which word does not fit, and what would.
    ///
    /// ```
    /// use esxi_core::scenario::FaultRule;
    /// let error = "hostd-dwon for 30s".parse::<FaultRule>().unwrap_err();
    /// assert_eq!(error.to_string(), "there is no fault \"hostd-dwon\"");
    /// assert!(error.help().starts_with("did you mean hostd-down?"));
    /// ```
    pub fn from_words<S: AsRef<str>>(words: &[S]) -> Result<Self, FaultWordsError> {
        let mut words = Words { rest: words.iter().map(AsRef::as_ref).collect(), form: ENDING };
        let what = words.kind()?;
        words.form = ENDING;
        let mut rule = FaultRule::now(what);
        let mut seen = [false; 3];
        while let Some(word) = words.next() {
            let slot = match word {
                "at" => 0,
                "for" => 1,
                "times" => 2,
                other => return Err(words.unfit(Some(other))),
            };
            if std::mem::replace(&mut seen[slot], true) {
                return Err(words.unfit(Some(word)));
            }
            match slot {
                0 => rule.when = words.when()?,
                1 => rule.lasts = Some(words.seconds()?),
                _ => rule.times = Some(words.number()?),
            }
        }
        rule.check()?;
        Ok(rule)
    }
}

struct Words<'a> {
    rest: std::collections::VecDeque<&'a str>,
    /// How what is being read is written.
    form: &'static str,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        self.rest.pop_front()
    }

    fn unfit(&self, found: Option<&str>) -> FaultWordsError {
        let found = found.map_or("nothing".to_owned(), |word| format!("\"{word}\""));
        FaultWordsError::Unexpected { found, help: format!("write {}", self.form) }
    }

    fn parsed<T: FromStr>(&mut self) -> Result<T, FaultWordsError> {
        let word = self.next();
        word.and_then(|word| word.parse().ok()).ok_or_else(|| self.unfit(word))
    }

    fn number<T: FromStr>(&mut self) -> Result<T, FaultWordsError> {
        self.parsed()
    }

    fn seconds(&mut self) -> Result<u32, FaultWordsError> {
        let word = self.next();
        let number = word.map(|word| word.strip_suffix('s').unwrap_or(word));
        number.and_then(|number| number.parse().ok()).ok_or_else(|| self.unfit(word))
    }

    /// The next word if it is this one.
    fn takes(&mut self, word: &str) -> bool {
        let there = self.rest.front() == Some(&word);
        if there {
            self.rest.pop_front();
        }
        there
    }

    fn text(&mut self) -> Result<String, FaultWordsError> {
        self.next().map(str::to_owned).ok_or_else(|| self.unfit(None))
    }

    fn kind(&mut self) -> Result<FaultKind, FaultWordsError> {
        let word = self.next().unwrap_or_default();
        let Some((_, form)) = KINDS.iter().find(|(name, _)| *name == word) else {
            return Err(unknown(word));
        };
        self.form = form;
        Ok(match word {
            "link-down" => FaultKind::LinkDown(self.parsed()?),
            "busy" => FaultKind::Busy(self.parsed()?),
            "latency" => self.latency()?,
            "cut" => FaultKind::Cut,
            "mute" => FaultKind::Mute,
            "fail" => {
                let text = self.text()?;
                let status = if self.takes("status") { self.number()? } else { 1 };
                FaultKind::Fail { text, status }
            }
            "hostd-down" => FaultKind::HostdDown,
            "datastore-full" => FaultKind::DatastoreFull(self.text()?),
            "clock" => FaultKind::Clock(self.parsed()?),
            "power-loss" => FaultKind::PowerLoss,
            "drop-foreign-macs" => FaultKind::DropForeignMacs,
            "lacp-only" => FaultKind::LacpOnly,
            "vcenter" => FaultKind::Vcenter(self.text()?),
            _ => {
                let mut except = Vec::new();
                while self.takes("except") {
                    except.push(self.text()?);
                }
                FaultKind::Lockdown { except }
            }
        })
    }

    fn latency(&mut self) -> Result<FaultKind, FaultWordsError> {
        let (mut command, mut round_trip) = (0, 0);
        loop {
            if self.takes("command") {
                command = self.number()?;
            } else if self.takes("round-trip") {
                round_trip = self.number()?;
            } else {
                return Ok(FaultKind::Latency { command, round_trip });
            }
        }
    }

    fn when(&mut self) -> Result<When, FaultWordsError> {
        Ok(match self.rest.front().copied() {
            Some("start") => {
                self.next();
                When::Start
            }
            Some("command") => {
                self.next();
                When::Command(self.number()?)
            }
            Some("words") => {
                self.next();
                When::Words(self.text()?)
            }
            Some("bytes") => {
                self.next();
                When::Bytes(self.number()?)
            }
            _ => When::Seconds(self.seconds()?),
        })
    }
}

fn unknown(word: &str) -> FaultWordsError {
    let near = KINDS.iter().map(|(name, _)| (strsim::damerau_levenshtein(word, name), *name)).min();
    let near = near.filter(|(distance, name)| *distance <= 1 + name.len() / 3);
    let all: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
    let all = format!("faults: {}", all.join(", "));
    let help = match near {
        Some((_, name)) => format!("did you mean {name}? {all}"),
        None => all,
    };
    FaultWordsError::Unknown { word: word.to_owned(), help }
}

/// Splits at blanks; quotes keep blanks together, a backslash inside double quotes takes the next character as it is.
fn split(text: &str) -> Result<Vec<String>, FaultWordsError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ' ' | '\t' | '\n' => words.extend(word.take()),
            '"' | '\'' => {
                let open = word.get_or_insert_default();
                loop {
                    match chars.next().ok_or(FaultWordsError::Quote)? {
                        end if end == c => break,
                        '\\' if c == '"' => open.push(chars.next().ok_or(FaultWordsError::Quote)?),
                        other => open.push(other),
                    }
                }
            }
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_reads_as_it_is_written() {
        let rules = [
            "link-down vmnic1 at command 3 for 30s",
            "latency command 500 round-trip 80",
            "latency round-trip 80 at 2s",
            "cut at bytes 4096 times 3",
            "mute for 5s",
            "busy vmnic0",
            "fail \"No such \\\"thing\\\"\" status 2 at words \"esxcli network ip\" times 2",
            "fail no",
            "hostd-down at 10s for 20s",
            "datastore-full \"my store\"",
            "clock -3600",
            "clock +1",
            "power-loss at command 7",
            "drop-foreign-macs",
            "lacp-only",
            "vcenter vc.example",
            "lockdown",
            "lockdown except root except \"the other\"",
        ];
        for text in rules {
            let rule: FaultRule = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(rule.to_string(), text);
            let json = serde_json::to_string(&rule).unwrap();
            assert_eq!(serde_json::from_str::<FaultRule>(&json).unwrap(), rule, "{json}");
        }
        // Every word of the table is one of them.
        for (word, _) in KINDS {
            assert!(rules.iter().any(|rule| rule.split(' ').next() == Some(word)), "{word}");
        }
    }

    #[test]
    fn what_does_not_fit_is_said_with_what_would() {
        let told = |text: &str| {
            let error = text.parse::<FaultRule>().unwrap_err();
            format!("{error}; {}", error.help())
        };
        assert!(told("").starts_with("there is no fault \"\"; faults: link-down, latency"));
        assert!(told("buzy vmnic0").starts_with("there is no fault \"buzy\"; did you mean busy?"));
        assert_eq!(told("link-down"), "nothing does not fit here; write link-down vmnic1");
        assert_eq!(told("link-down eth0"), "\"eth0\" does not fit here; write link-down vmnic1");
        assert!(
            told("cut for 3s").starts_with("cut is over in a moment: it cannot last; what lasts may end")
        );
        assert!(told("mute times 2").starts_with("mute lasts: it cannot strike several times"));
        assert!(told("mute at noon").starts_with("\"noon\" does not fit here; write what lasts may end"));
        assert!(told("mute at 1s at 2s").starts_with("\"at\" does not fit here"));
        assert!(told("power-loss at command 0").starts_with("command must not be 0: the first one is 1"));
        assert!(told("fail x at bytes 3").starts_with("fail strikes commands"));
        assert!(told("latency").starts_with("latency must not be without command and round-trip"));
        assert_eq!(told("fail \"x"), "a quote is not closed; close it");
    }
}
