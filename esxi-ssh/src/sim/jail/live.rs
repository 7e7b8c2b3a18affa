//! Files that follow the machine while it runs: `esx.conf`, the resolver's files, volumes and devices.

use super::layout::Layout;
use super::{Inside, esxconf};
use esxi_core::model::Machine;
use std::collections::BTreeMap;
use std::io;

/// Files that the host writes itself and keeps.
pub(super) const PATHS: &[&str] = &["/etc/hosts", "/etc/resolv.conf", esxconf::PATH];

/// What the files say about the machine, as far as they follow it.
#[derive(Debug, Default)]
pub(crate) struct Live {
    machine: Option<Machine>,
    conf: esxconf::Keys,
    texts: BTreeMap<&'static str, String>,
    layout: Layout,
}

impl Live {
    /// For files that already say what this machine is: those of a boot.
    pub(super) fn begun(machine: &Machine) -> Live {
        Live { conf: esxconf::of(machine), texts: texts(machine), ..Live::default() }
    }

    /// Lets the files follow. What somebody edited by hand stays, unless it is what changed. The first file that
    /// cannot follow is the error; the others do.
    pub(crate) fn follow(&mut self, files: &Inside, machine: &Machine) -> io::Result<()> {
        if self.machine.as_ref() == Some(machine) {
            return Ok(());
        }
        let mut first = Ok(());
        let conf = esxconf::of(machine);
        if conf != self.conf {
            let file = files.read(esxconf::PATH).unwrap_or_default();
            let text = esxconf::carry(&String::from_utf8_lossy(&file), &self.conf, &conf);
            first = files.write(esxconf::PATH, text.as_bytes());
            self.conf = conf;
        }
        let texts = texts(machine);
        for (path, text) in &texts {
            let before = self.texts.get(path).map_or("", String::as_str);
            if before != text {
                let file = files.read(path).unwrap_or_default();
                let text = carry(&String::from_utf8_lossy(&file), before, text);
                first = first.and(files.write(path, text.as_bytes()));
            }
        }
        self.texts = texts;
        let layout = Layout::of(machine);
        if layout != self.layout {
            first = first.and(layout.follow(&self.layout, files));
            self.layout = layout;
        }
        self.machine = Some(machine.clone());
        first
    }
}

/// The small files that the host writes itself.
pub(super) fn texts(machine: &Machine) -> BTreeMap<&'static str, String> {
    let mut resolv = String::new();
    for server in &machine.state.dns.servers {
        resolv.push_str(&format!("nameserver {server}\n"));
    }
    let mut search: Vec<&str> = machine.state.dns.search.iter().map(String::as_str).collect();
    if search.is_empty() && !machine.domain.is_empty() {
        search.push(&machine.domain);
    }
    if !search.is_empty() {
        resolv.push_str(&format!("search {}\n", search.join(" ")));
    }
    let mut hosts =
        "127.0.0.1\tlocalhost.localdomain localhost\n::1\t\tlocalhost.localdomain localhost\n".to_owned();
    let management = machine.state.vmkernel.values().flat_map(|vmk| vmk.addresses()).next();
    if let Some(address) = management {
        let (name, fqdn) = (&machine.hostname, machine.fqdn());
        let names = if *name == fqdn { name.clone() } else { format!("{fqdn} {name}") };
        hosts.push_str(&format!("{}\t{names}\n", address.addr()));
    }
    [("/etc/hosts", hosts), ("/etc/resolv.conf", resolv)].into()
}

/// A file of lines after the host's own lines in it changed from `before` to `after`.
fn carry(file: &str, before: &str, after: &str) -> String {
    let gone = |line: &&str| before.lines().any(|old| old == *line) && !after.lines().any(|new| new == *line);
    let mut lines: Vec<&str> = file.lines().filter(|line| !gone(line)).collect();
    let new = after.lines().filter(|line| !before.lines().any(|old| old == *line));
    for line in new {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_others_stay() {
        let before = "nameserver 192.0.2.1\nsearch example.net\n";
        let after = "nameserver 192.0.2.2\nsearch example.net\n";
        let file = "# mine\nnameserver 192.0.2.1\nsearch example.net\noptions timeout:1\n";
        assert_eq!(
            carry(file, before, after),
            "# mine\nsearch example.net\noptions timeout:1\nnameserver 192.0.2.2\n"
        );
        assert_eq!(carry("", "", before), before);
        // A line that somebody took out does not come back because another one changed.
        assert_eq!(carry("", before, after), "nameserver 192.0.2.2\n");
    }
}
