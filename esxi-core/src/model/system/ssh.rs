//! The SSH server's settings and keys, from 8.0 on also by esxcli.

use super::accounts::authorized_keys;
use crate::model::family::{Answer, Console, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::surroundings::{FileError, Surroundings};
use crate::model::value::{Structure, Value};
use crate::version::EsxiVersion;

/// Settings of 8.0 (a whole configuration of 8.0.2), by name in lower case; `maxsessions` is OpenSSH's own default.
const CONFIG: &[(&str, &str)] = &[
    ("allowstreamlocalforwarding", "no"),
    ("allowtcpforwarding", "no"),
    ("banner", "/etc/issue"),
    ("ciphers", "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr"),
    ("clientalivecountmax", "3"),
    ("clientaliveinterval", "200"),
    ("gatewayports", "no"),
    ("hostbasedauthentication", "no"),
    ("ignorerhosts", "yes"),
    (
        "kexalgorithms",
        "ecdh-sha2-nistp256,ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group-exchange-sha256,\
         diffie-hellman-group14-sha256,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512",
    ),
    ("loglevel", "info"),
    ("macs", "hmac-sha2-256,hmac-sha2-512"),
    ("maxauthtries", "6"),
    ("maxsessions", "10"),
    ("maxstartups", "10:30:100"),
    ("passwordauthentication", "no"),
    ("permitrootlogin", "yes"),
    ("permittunnel", "no"),
    ("permituserenvironment", "no"),
    ("port", "22"),
    ("rekeylimit", "1G, 1H"),
    ("strictmodes", "yes"),
    ("usepam", "yes"),
];

/// From this release on passwords are taken over keyboard-interactive only (verified: 8.0.2 has it off, 8.0.0 took
/// one).
const NO_PASSWORD_METHOD: EsxiVersion = EsxiVersion { update: 2, ..EsxiVersion::new(8, 0) };

impl Machine {
    /// A setting of the SSH server by its name in any case, as `sshd_config` writes its value. `None` for names
    /// that it does not know.
    ///
    /// ```
    /// use esxi_core::model::{Machine, run};
    /// let mut host = Machine::new(esxi_core::state::factory("8.0.2".parse()?, &[]));
    /// assert_eq!(host.ssh_setting("AllowTcpForwarding").as_deref(), Some("no"));
    /// let line = "esxcli system ssh server config set -k allowtcpforwarding -v yes";
    /// run(&mut host, &line.split(' ').map(str::to_owned).collect::<Vec<_>>(), b"");
    /// assert_eq!(host.ssh_setting("AllowTcpForwarding").as_deref(), Some("yes"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ssh_setting(&self, name: &str) -> Option<String> {
        let name = name.to_ascii_lowercase();
        if let Some(value) = self.system.ssh.get(&name) {
            return Some(value.clone());
        }
        if name == "passwordauthentication" && self.state.version < NO_PASSWORD_METHOD {
            return Some("yes".to_owned());
        }
        CONFIG.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }
}

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let done = |result: Result<(), String>| result.map(|()| Answer::Done);
    Some(match call.row.path {
        "system ssh server config list" => list(console.machine, call).map(Answer::Value),
        "system ssh server config set" => done(set(console.machine, call)),
        "system ssh key list" => keys(console, call).map(Answer::Value),
        "system ssh key add" => done(add_key(console, call)),
        "system ssh key remove" => done(remove_key(console, call)),
        _ => return None,
    })
}

/// Layout verified; the sentence is believed.
fn list(machine: &Machine, call: &Invocation) -> Result<Value, String> {
    let only = call.get("key").map(str::to_ascii_lowercase);
    let known = CONFIG.iter().map(|(name, _)| *name);
    let row = |name: &str| {
        Structure::new("SSHServerConfig")
            .with("Key", name)
            .with("Value", machine.ssh_setting(name).unwrap_or_default())
    };
    let rows: Vec<Structure> =
        known.filter(|name| only.as_deref().is_none_or(|only| only == *name)).map(row).collect();
    if rows.is_empty() {
        return Err(unknown(only.as_deref().unwrap_or_default()));
    }
    Ok(Value::List(rows))
}

/// Believed.
fn unknown(key: &str) -> String {
    format!("Invalid SSH server configuration key: {key}")
}

/// Truth values and numbers keep to their type; the value `default` takes a change back (believed).
fn set(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let name = call.get("key").unwrap_or_default().to_ascii_lowercase();
    let value = call.get("value").unwrap_or_default().trim();
    let (_, begin) = CONFIG.iter().find(|(known, _)| *known == name).ok_or_else(|| unknown(&name))?;
    let bad = || format!("Invalid value {value} for SSH server configuration key {name}");
    let wrong_type = match *begin {
        "yes" | "no" => !matches!(value, "yes" | "no" | "local" | "remote" | "all" | "prohibit-password"),
        begin if begin.parse::<u32>().is_ok() => value.parse::<u32>().is_err(),
        _ => value.is_empty() || value.contains(char::is_control),
    };
    if value == "default" {
        machine.system.ssh.remove(&name);
        return Ok(());
    }
    if wrong_type {
        return Err(bad());
    }
    machine.system.ssh.remove(&name);
    if machine.ssh_setting(&name).as_deref() != Some(value) {
        machine.system.ssh.insert(name, value.to_owned());
    }
    Ok(())
}

fn user(machine: &Machine, call: &Invocation) -> Result<String, String> {
    let user = call.get("user").unwrap_or_default();
    if machine.system.accounts.contains_key(user) {
        Ok(user.to_owned())
    } else {
        Err(format!("The user or group named '{user}' does not exist."))
    }
}

/// Lines of a user's file that hold a key.
fn stored(around: &dyn Surroundings, user: &str) -> Result<Vec<String>, String> {
    match around.read(&authorized_keys(user)) {
        Ok(bytes) => {
            let text = String::from_utf8_lossy(&bytes);
            let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
            Ok(lines.map(str::to_owned).collect())
        }
        Err(FileError::NotFound) => Ok(Vec::new()),
        Err(error) => Err(error.to_string()),
    }
}

fn store(around: &mut dyn Surroundings, user: &str, keys: &[String]) -> Result<(), String> {
    let path = authorized_keys(user);
    if let Some((folder, _)) = path.rsplit_once('/') {
        around.make_folder(folder).map_err(|error| error.to_string())?;
    }
    let text: String = keys.iter().map(|key| format!("{key}\n")).collect();
    around.write(&path, text.as_bytes()).map_err(|error| error.to_string())
}

/// Type and body of a key line, wherever its options end.
fn body(line: &str) -> Option<(&str, &str)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let known =
        |word: &&str| word.starts_with("ssh-") || word.starts_with("ecdsa-") || word.starts_with("sk-");
    let at = words.iter().position(known)?;
    let data = *words.get(at + 1)?;
    let base64 = data.len() > 16 && data.chars().all(|c| c.is_ascii_alphanumeric() || "+/=".contains(c));
    base64.then_some((words[at], data))
}

fn keys(console: &mut Console<'_>, call: &Invocation) -> Result<Value, String> {
    let users = match call.get("user") {
        Some(_) => vec![user(console.machine, call)?],
        None => console.machine.system.accounts.keys().cloned().collect(),
    };
    let mut rows = Vec::new();
    for user in users {
        for key in stored(console.around, &user)? {
            rows.push(Structure::new("SSHKey").with("User", user.as_str()).with("Key", key));
        }
    }
    Ok(Value::List(rows))
}

/// A key that is there already is not added again; the sentence for what is no key is believed.
fn add_key(console: &mut Console<'_>, call: &Invocation) -> Result<(), String> {
    let user = user(console.machine, call)?;
    let line = call.get("key").unwrap_or_default().trim();
    let key = body(line).filter(|_| !line.contains('\n')).ok_or("Invalid SSH public key")?;
    let mut keys = stored(console.around, &user)?;
    if keys.iter().any(|stored| body(stored) == Some(key)) {
        return Err("The key already exists".to_owned());
    }
    keys.push(line.to_owned());
    store(console.around, &user, &keys)
}

fn remove_key(console: &mut Console<'_>, call: &Invocation) -> Result<(), String> {
    let user = user(console.machine, call)?;
    let mut keys = stored(console.around, &user)?;
    if call.flag("all") {
        return store(console.around, &user, &[]);
    }
    let key = call.get("key").and_then(|line| body(line)).ok_or("Invalid SSH public key")?;
    let before = keys.len();
    keys.retain(|stored| body(stored) != Some(key));
    if keys.len() == before {
        return Err("The key does not exist".to_owned());
    }
    store(console.around, &user, &keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::samples;
    use crate::model::system::testing::{host, refused, same, text};
    use crate::model::{Call, Memory, run_in};

    #[test]
    fn settings_look_like_the_samples() {
        let mut host = host("8.0.2");
        let list = "esxcli system ssh server config list -k allowtcpforwarding";
        same("esxcli-system-ssh-server-config-list-k-table--8.0-9.x--1.txt", &text(&mut host, list));
        let Some(sample) = samples::output("esxcli-system-ssh-server-config-list-k--8.0-9.x--1.txt") else {
            return;
        };
        for line in sample.lines() {
            let (key, value) = line.split_once(' ').unwrap();
            assert_eq!(host.ssh_setting(key).as_deref(), Some(value), "{key}");
        }
    }

    #[test]
    fn settings_keep_to_their_type() {
        let mut host = host("8.0");
        let set = "esxcli system ssh server config set -k";
        text(&mut host, &format!("{set} MaxSessions -v 1"));
        assert_eq!(host.ssh_setting("maxsessions").as_deref(), Some("1"));
        text(&mut host, &format!("{set} maxsessions -v default"));
        assert!(host.system.ssh.is_empty());
        refused(&mut host, &format!("{set} maxsessions -v many"));
        refused(&mut host, &format!("{set} allowtcpforwarding -v maybe"));
        refused(&mut host, &format!("{set} nothing -v yes"));
        refused(&mut host, "esxcli system ssh server config list -k nothing");
        assert_eq!(host.ssh_setting("passwordauthentication").as_deref(), Some("yes"));
        let newer = super::super::testing::host("8.0.2");
        assert_eq!(newer.ssh_setting("PasswordAuthentication").as_deref(), Some("no"));
    }

    #[test]
    fn keys_lie_in_the_users_file() {
        const KEY: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABgQC7 me@here";
        let mut host = host("8.0");
        let mut around = Memory::default();
        let mut run = |around: &mut Memory, words: &[&str]| {
            let argv: Vec<String> = ["esxcli", "system", "ssh", "key"]
                .iter()
                .chain(words)
                .map(|word| (*word).to_owned())
                .collect();
            run_in(&mut host, around, &Call::new(&argv))
        };
        assert_eq!(run(&mut around, &["add", "-u", "root", "-k", KEY]).status, 0);
        assert_eq!(around.read("/etc/ssh/keys-root/authorized_keys").unwrap(), format!("{KEY}\n").as_bytes());
        assert_eq!(run(&mut around, &["add", "-u", "root", "-k", KEY]).status, 1);
        assert_eq!(run(&mut around, &["add", "-u", "nobody", "-k", KEY]).status, 1);
        assert_eq!(run(&mut around, &["add", "-u", "root", "-k", "no key"]).status, 1);
        let listed = String::from_utf8(run(&mut around, &["list", "-u", "root"]).stdout).unwrap();
        assert!(listed.ends_with(&format!("root  {KEY}\n")), "{listed}");
        assert_eq!(run(&mut around, &["remove", "-u", "root", "-k", KEY]).status, 0);
        assert_eq!(around.read("/etc/ssh/keys-root/authorized_keys").unwrap(), b"");
        assert_eq!(run(&mut around, &["remove", "-u", "root", "-k", KEY]).status, 1);
    }
}
