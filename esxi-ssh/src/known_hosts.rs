//! The known_hosts files of OpenSSH (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT").
//!
//! Read here rather than by russh, whose reader knows neither patterns nor markers, and takes a host with keys
//! of other types for an unknown one.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use russh::keys::{Algorithm, PublicKey};
use sha1::Sha1;

use crate::hostkey::{HostKey, HostKeyError, plain};

/// The lines of some known_hosts files.
#[derive(Debug, Default)]
pub(crate) struct KnownHosts {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    file: PathBuf,
    line: usize,
    marker: Marker,
    /// Comma separated patterns, or one hashed name.
    hosts: String,
    /// None when the key is of a type or form that is not understood.
    key: Option<PublicKey>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Marker {
    None,
    Revoked,
    CertAuthority,
}

/// What the files say about a key that a host shows.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Known,
    Revoked {
        place: String,
    },
    /// The host has other keys on record, of whatever type.
    Changed {
        places: Vec<String>,
    },
    Unknown {
        /// Lines for this host that do not count, and why.
        note: Option<String>,
    },
}

impl Entry {
    fn place(&self) -> String {
        format!("{}:{}", self.file.display(), self.line)
    }
}

impl KnownHosts {
    /// Reads the files. One that is not there is empty.
    pub(crate) fn load(files: &[PathBuf]) -> Result<Self, HostKeyError> {
        let mut known = KnownHosts::default();
        for file in files {
            match std::fs::read(file) {
                // Lines for other hosts may be in any encoding.
                Ok(bytes) => known.add(file, &String::from_utf8_lossy(&bytes)),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(source) => return Err(HostKeyError::File { file: file.clone(), action: "read", source }),
            }
        }
        Ok(known)
    }

    fn add(&mut self, file: &Path, text: &str) {
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split_whitespace().peekable();
            let marker = match words.peek() {
                Some(&"@revoked") => Marker::Revoked,
                Some(&"@cert-authority") => Marker::CertAuthority,
                _ => Marker::None,
            };
            if marker != Marker::None {
                words.next();
            }
            let (Some(hosts), Some(kind), Some(key)) = (words.next(), words.next(), words.next()) else {
                continue;
            };
            if hosts.starts_with('#') || hosts.starts_with('@') {
                continue;
            }
            self.entries.push(Entry {
                file: file.to_owned(),
                line: index + 1,
                marker,
                hosts: hosts.to_owned(),
                key: PublicKey::from_openssh(&format!("{kind} {key}")).ok(),
            });
        }
    }

    fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| names(&entry.hosts, name))
    }

    /// The types of the keys on record for a host.
    pub(crate) fn types_of(&self, name: &str) -> Vec<Algorithm> {
        let plain_lines = self.of(name).filter(|entry| entry.marker == Marker::None);
        plain_lines.filter_map(|entry| entry.key.as_ref()).map(|key| plain(key.algorithm())).collect()
    }

    /// What the files say about this key, shown by `name` (`host` or `[host]:port`).
    pub(crate) fn verdict(&self, name: &str, key: &HostKey) -> Verdict {
        let same = |entry: &&Entry| {
            entry.key.as_ref().is_some_and(|known| known.key_data() == key.public_key().key_data())
        };
        if let Some(entry) = self.of(name).filter(|e| e.marker == Marker::Revoked).find(same) {
            return Verdict::Revoked { place: entry.place() };
        }
        let mut places = Vec::new();
        let mut notes = Vec::new();
        for entry in self.of(name) {
            match (entry.marker, &entry.key) {
                (Marker::None, Some(_)) if same(&entry) => return Verdict::Known,
                (Marker::None, Some(_)) => places.push(entry.place()),
                (Marker::None, None) => notes.push(format!("{} is not understood", entry.place())),
                (Marker::CertAuthority, _) => {
                    notes.push(format!(
                        "{} names a certificate authority, which is not supported",
                        entry.place()
                    ));
                }
                (Marker::Revoked, _) => {}
            }
        }
        if places.is_empty() {
            Verdict::Unknown { note: (!notes.is_empty()).then(|| notes.join("; ")) }
        } else {
            Verdict::Changed { places }
        }
    }
}

/// True when the first word of a line is for this host.
fn names(hosts: &str, name: &str) -> bool {
    if let Some(hashed) = hosts.strip_prefix("|1|") {
        return hashed_is(hashed, name);
    }
    let mut found = false;
    for pattern in hosts.split(',') {
        match pattern.strip_prefix('!') {
            // A negated pattern that matches excludes the host, whatever else is on the line.
            Some(pattern) if matches(pattern, name) => return false,
            Some(_) => {}
            None => found |= matches(pattern, name),
        }
    }
    found
}

/// `salt|hash`, both base64: the hash is HMAC-SHA1 of the name under the salt.
fn hashed_is(hashed: &str, name: &str) -> bool {
    let decode = |text: &str| data_encoding::BASE64.decode(text.as_bytes()).ok();
    let Some((salt, hash)) = hashed.split_once('|') else { return false };
    let (Some(salt), Some(hash)) = (decode(salt), decode(hash)) else { return false };
    let Ok(mac) = Hmac::<Sha1>::new_from_slice(&salt) else { return false };
    mac.chain_update(name).verify_slice(&hash).is_ok()
}

/// `*` is any text and `?` any character; letters of either case are the same.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    // Where to go on when what follows the last `*` does not fit: that `*` then takes one character more.
    let mut retry: Option<(usize, usize)> = None;
    let (mut p, mut n) = (0, 0);
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n));
                p += 1;
            }
            Some(&c) if c == b'?' || c.eq_ignore_ascii_case(&name[n]) => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((after, taken)) => {
                    retry = Some((after, taken + 1));
                    p = after;
                    n = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&c| c == b'*')
}

/// Adds a line for a host, under a lock and in one write, so that two that do so at once both stand whole.
/// When another has added a key for the host in the meantime, that one decides.
pub(crate) fn append(file: &Path, name: &str, key: &HostKey) -> Result<(), HostKeyError> {
    let failed = |source| HostKeyError::File { file: file.to_owned(), action: "written", source };
    if let Some(dir) = file.parent().filter(|dir| !dir.as_os_str().is_empty() && !dir.exists()) {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(dir).map_err(failed)?;
    }
    let mut options = std::fs::OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut open = options.open(file).map_err(failed)?;
    open.lock().map_err(failed)?;

    let mut bytes = Vec::new();
    open.seek(SeekFrom::Start(0)).map_err(failed)?;
    open.read_to_end(&mut bytes).map_err(failed)?;
    let mut known = KnownHosts::default();
    known.add(file, &String::from_utf8_lossy(&bytes));
    match known.verdict(name, key) {
        Verdict::Known => return Ok(()),
        Verdict::Revoked { place } => {
            return Err(HostKeyError::Revoked { host: name.to_owned(), shown: key.clone(), place });
        }
        Verdict::Changed { places } => {
            return Err(HostKeyError::Changed { host: name.to_owned(), shown: key.clone(), places });
        }
        Verdict::Unknown { .. } => {}
    }
    let start = if bytes.last().is_some_and(|&last| last != b'\n') { "\n" } else { "" };
    open.write_all(format!("{start}{name} {key}\n").as_bytes()).map_err(failed)?;
    open.sync_data().map_err(failed)
    // The lock goes with the file handle.
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ";
    const B: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA6rWI3G1sz07DnfFlrouTcysQlj2P+jpNSOEWD9OJ3X";
    const EC: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBGMD0UExbxWzSM8T+aAS0lygT0QY2KGGtttDU8qpc1ouQO1cU8W7WGlc5IWkhsRIhmDoaWMjJgIYJ3Du78XTCVk=";

    fn key(text: &str) -> HostKey {
        text.parse().unwrap()
    }
    fn known(text: &str) -> KnownHosts {
        let mut known = KnownHosts::default();
        known.add(Path::new("kh"), text);
        known
    }
    fn changed(places: &[&str]) -> Verdict {
        Verdict::Changed { places: places.iter().map(|place| (*place).to_owned()).collect() }
    }

    #[test]
    fn plain_lines_with_ports_tabs_and_comments() {
        let known = known(&format!(
            "# a comment\n\n  203.0.113.10,esx1\t{A} root@esx1\n[203.0.113.10]:2222 {B}\n#203.0.113.99 {A}\n"
        ));
        assert_eq!(known.verdict("203.0.113.10", &key(A)), Verdict::Known);
        assert_eq!(known.verdict("ESX1", &key(A)), Verdict::Known);
        assert_eq!(known.verdict("203.0.113.10", &key(B)), changed(&["kh:3"]));
        assert_eq!(known.verdict("[203.0.113.10]:2222", &key(B)), Verdict::Known);
        assert_eq!(known.verdict("[203.0.113.10]:2222", &key(A)), changed(&["kh:4"]));
        for stranger in ["[203.0.113.10]:22", "203.0.113.1", "203.0.113.99"] {
            assert_eq!(known.verdict(stranger, &key(A)), Verdict::Unknown { note: None }, "{stranger}");
        }
    }

    #[test]
    fn a_key_of_another_type_is_a_change_and_its_type_is_asked_for() {
        let known = known(&format!("203.0.113.10 {EC}\n"));
        assert_eq!(known.verdict("203.0.113.10", &key(A)), changed(&["kh:1"]));
        assert_eq!(known.types_of("203.0.113.10"), [key(EC).public_key().algorithm()]);
        assert!(known.types_of("203.0.113.11").is_empty());
    }

    #[test]
    fn several_keys_of_one_host() {
        let known = known(&format!("h {A}\nh {EC}\n"));
        assert_eq!(known.verdict("h", &key(A)), Verdict::Known);
        assert_eq!(known.verdict("h", &key(EC)), Verdict::Known);
        assert_eq!(known.verdict("h", &key(B)), changed(&["kh:1", "kh:2"]));
    }

    #[test]
    fn a_hashed_name() {
        // `ssh-keygen -H` made this line of `example.com`.
        let known = known(&format!("|1|O33ESRMWPVkMYIwJ1Uw+n877jTo=|nuuC5vEqXlEZ/8BXQR7m619W6Ak= {A}\n"));
        assert_eq!(known.verdict("example.com", &key(A)), Verdict::Known);
        assert_eq!(known.verdict("example.com", &key(B)), changed(&["kh:1"]));
        assert_eq!(known.verdict("example.org", &key(A)), Verdict::Unknown { note: None });
    }

    #[test]
    fn markers() {
        let revoked = known(&format!("h {A}\n@revoked * {A}\n@revoked other {B}\nh {B}\n"));
        assert_eq!(revoked.verdict("h", &key(A)), Verdict::Revoked { place: "kh:2".into() });
        assert_eq!(revoked.verdict("h", &key(B)), Verdict::Known);
        let authority = known(&format!("@cert-authority *.example {A}\n@strange h.example {A}\n"));
        let Verdict::Unknown { note: Some(note) } = authority.verdict("h.example", &key(A)) else {
            panic!("a certificate authority's key is not a host's");
        };
        assert!(note.contains("kh:1"), "{note}");
    }

    #[test]
    fn a_line_that_is_not_understood_is_told() {
        let known = known("h ssh-ed25519 nonsense\nh\nh ssh-rsa\n");
        assert_eq!(
            known.verdict("h", &key(A)),
            Verdict::Unknown { note: Some("kh:1 is not understood".into()) }
        );
    }

    #[test]
    fn patterns() {
        for (pattern, name, expected) in [
            ("*.example", "a.b.example", true),
            ("*.example", "example", false),
            ("esx?", "esx1", true),
            ("esx?", "esx", false),
            ("*", "", true),
            ("a*b*c", "axxbyybzc", true),
            ("a*b*c", "axxbyybz", false),
            ("*ab", "aab", true),
            ("[10.0.0.*]:22", "[10.0.0.9]:22", true),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
        assert!(names("*.example,!bad.example", "good.example"));
        assert!(!names("*.example,!bad.example", "bad.example"));
        assert!(!names("!bad.example", "good.example"));
    }

    #[test]
    fn adding_a_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("ssh").join("known_hosts");
        append(&file, "[h]:2222", &key(A)).unwrap();
        append(&file, "[h]:2222", &key(A)).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("[h]:2222 {A}\n"));
        // Another key for the host came first: it decides.
        assert!(matches!(append(&file, "[h]:2222", &key(B)), Err(HostKeyError::Changed { .. })));
        // A last line without its end is left whole.
        std::fs::write(&file, format!("x {A}")).unwrap();
        append(&file, "y", &key(B)).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), format!("x {A}\ny {B}\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn many_that_add_at_once_all_stand() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("known_hosts");
        std::thread::scope(|scope| {
            for n in 0..16 {
                let file = &file;
                scope.spawn(move || append(file, &format!("h{n}"), &key(A)).unwrap());
            }
        });
        let text = std::fs::read_to_string(&file).unwrap();
        assert_eq!(text.lines().count(), 16, "{text}");
        assert!(text.lines().all(|line| line.ends_with(A)));
    }

    #[test]
    fn a_file_that_is_not_there_is_empty_and_one_that_is_a_directory_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        assert!(KnownHosts::load(&[dir.path().join("none")]).unwrap().entries.is_empty());
        assert!(matches!(
            KnownHosts::load(&[dir.path().to_owned()]),
            Err(HostKeyError::File { action: "read", .. })
        ));
    }
}
