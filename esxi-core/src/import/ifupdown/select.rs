//! The lines that are not about one interface: which are brought up, what is renamed, mapped or read from elsewhere.

use super::super::read::{At, left_out};
use crate::diag::{Diagnostic, codes};
use crate::value::MacAddr;

/// What those lines say.
#[derive(Default)]
pub(super) struct Selection<'a> {
    /// Names and patterns of interfaces that are brought up.
    started: Vec<At<'a>>,
    /// Cards by their own address: the interface they become.
    cards: Vec<(String, Option<MacAddr>, String)>,
    /// Former and later name.
    renamed: Vec<(String, String)>,
}

impl<'a> Selection<'a> {
    /// Reads a stanza that is none of `iface`. `files` are the names of all files at hand.
    pub(super) fn read(&mut self, item: &At<'a>, files: &[&str]) {
        let report = |finding| item.account.report(finding);
        let own = item.get("file").and_then(|file| file.raw());
        for (keyword, value) in item.entries() {
            match keyword {
                "source" | "source-directory" => {
                    let asked = value.raw().unwrap_or_default();
                    let directory = keyword == "source-directory";
                    let mut others = files.iter().filter(|file| Some(**file) != own);
                    if !others.any(|file| is_asked_for(asked, file, directory)) {
                        let why = "the files that it names are not at hand";
                        let finding = left_out(&value.path, why);
                        report(
                            finding.help("give them behind this one, in the order in which they are read"),
                        );
                    }
                }
                "mapping" => {
                    item.use_up();
                    let message = "a script chooses what these interfaces are when Linux starts";
                    let finding = Diagnostic::error(codes::IMPORT_IMPOSSIBLE, message).at(&item.path);
                    report(
                        finding.help("write what it chooses as `iface` stanzas, and take the mapping out"),
                    );
                }
                "rename" => value.items().iter().for_each(|word| self.rename(word)),
                "no-auto-down" | "no-scripts" => value.note_left_out("it is about the helpers of Linux"),
                keyword if keyword == "auto" || keyword.starts_with("allow-") => {
                    value.use_up();
                    for word in value.items() {
                        if let Some((mac, name)) = word.raw().and_then(by_mac) {
                            self.cards.push((word.path.clone(), mac, name));
                        }
                        self.started.push(word);
                    }
                }
                _ => {}
            }
        }
    }

    /// `eth0=lan`, `mac/0c:c4:7a:b5:80:02=lan`.
    fn rename(&mut self, word: &At<'a>) {
        let Some(text) = word.raw() else { return };
        match (by_mac(text), text.split_once('=')) {
            (Some((mac, name)), _) => self.cards.push((word.path.clone(), mac, name)),
            (None, Some((former, later))) if !former.contains('/') => {
                self.renamed.push((former.to_owned(), later.to_owned()));
            }
            _ => {
                let finding = word
                    .error(codes::IMPORT_INCOMPLETE, format!("which card {text} means is not in the file"));
                word.account.report(finding.help("write mac/0c:c4:7a:b5:80:02=NAME with the card's address"));
            }
        }
    }

    /// Whether this interface is brought up when the host starts.
    pub(super) fn starts(&self, name: &str) -> bool {
        self.cards.iter().any(|(.., later)| later == name)
            || self.started.iter().filter_map(At::raw).any(|word| fits(word, name))
    }

    /// The address of the card that becomes this interface.
    pub(super) fn card(&self, name: &str) -> Option<(String, Option<MacAddr>)> {
        let card = self.cards.iter().find(|(.., later)| later == name);
        card.map(|(path, mac, _)| (path.clone(), *mac))
    }

    /// Names that the interface had before.
    pub(super) fn former_names(&self, name: &str) -> Vec<String> {
        let renamed = self.renamed.iter().filter(|(_, later)| later == name);
        renamed.map(|(former, _)| former.clone()).collect()
    }

    /// Tells of interfaces that are to be brought up and that nothing defines.
    pub(super) fn unknown(&self, is_known: &dyn Fn(&str) -> bool) {
        for word in &self.started {
            let Some(text) = word.raw() else { continue };
            let name = text.split_once('=').map_or(text, |(_, logical)| logical);
            let plain = !text.contains('/') || text.contains('=');
            let base = name.split_once(':').map_or(name, |(base, _)| base);
            if plain && !is_known(name) && !is_known(base) {
                let message =
                    format!("{name} is left out: no stanza says what it is, so that Linux does nothing");
                word.account.report(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(&word.path));
            }
        }
    }
}

/// `mac/0c:c4:7a:b5:80:02=lan`: the address and the name, if it is of that form.
fn by_mac(word: &str) -> Option<(Option<MacAddr>, String)> {
    let (pattern, name) = word.strip_prefix("mac/")?.split_once('=')?;
    let mac = pattern.trim_end_matches('/').parse().ok()?;
    Some((Some(mac), name.to_owned()))
}

/// Whether a word of an `auto` line means this interface: its name, a pattern such as `/eth*`, or either `=NAME`.
fn fits(word: &str, name: &str) -> bool {
    if let Some((_, logical)) = word.split_once('=') {
        return logical == name;
    }
    match word.strip_prefix('/') {
        // Only what the kernel knows beforehand is compared with patterns.
        Some(_) if name.contains(['.', ':']) => false,
        Some(pattern) => glob(pattern.split('/').next().unwrap_or_default(), name),
        None => word == name,
    }
}

/// Whether a file is one that a `source` line asks for, as far as the ends of their paths tell.
fn is_asked_for(asked: &str, file: &str, directory: bool) -> bool {
    let asked = if directory { format!("{}/*", asked.trim_end_matches('/')) } else { asked.to_owned() };
    let mut asked = asked.rsplit('/');
    let mut file = file.rsplit('/');
    let name = glob(asked.next().unwrap_or_default(), file.next().unwrap_or_default());
    let folder = match (asked.next(), file.next()) {
        (Some(asked), Some(folder)) => glob(asked, folder),
        // Given by its name alone, from within its folder.
        _ => true,
    };
    name && folder
}

/// Whether a name fits a pattern of `*` and `?`.
fn glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // Where to go back to when a star has to take one character more.
    let (mut p, mut n, mut back) = (0, 0, None);
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                back = Some((p, n));
                p += 1;
            }
            Some(c) if *c == '?' || *c == name[n] => (p, n) = (p + 1, n + 1),
            _ => match back {
                Some((star, taken)) => {
                    back = Some((star, taken + 1));
                    (p, n) = (star + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, name, wanted) in [
            ("eth*", "eth0", true),
            ("eth*", "et", false),
            ("*.cfg", "a.cfg.cfg", true),
            ("e?h0", "eth0", true),
            ("*", "", true),
            ("", "", true),
            ("?", "", false),
            ("a*b*c", "axxbxxbc", true),
        ] {
            assert_eq!(glob(pattern, name), wanted, "{pattern} {name}");
        }
        assert!(fits("/eth*", "eth0") && fits("/eth*=lan", "lan") && !fits("/eth*=lan", "eth0"));
        assert!(is_asked_for("/etc/network/interfaces.d/*", "copy/interfaces.d/lan", false));
        assert!(is_asked_for("interfaces.d", "copy/interfaces.d/lan", true));
        assert!(!is_asked_for("/etc/network/interfaces.d/*", "etc/interfaces", false));
    }
}
