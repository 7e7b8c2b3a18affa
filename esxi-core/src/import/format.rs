//! The formats, and how a document tells which it is in.

use super::{ImportOptions, Imported, cloud_init, curtin, ifupdown, netplan, nmstate};

/// A format of Linux network configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Format {
    /// [`curtin`]'s version 1.
    Curtin,
    /// [`netplan`]'s version 2.
    Netplan,
    /// [`cloud_init`]'s, either version.
    CloudInit,
    /// [`ifupdown`]'s interfaces files.
    Ifupdown,
    /// [`nmstate`]'s desired state.
    Nmstate,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 5] =
        [Format::Curtin, Format::Netplan, Format::CloudInit, Format::Ifupdown, Format::Nmstate];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Format::Curtin => "curtin",
            Format::Netplan => "netplan",
            Format::CloudInit => "cloud-init",
            Format::Ifupdown => "ifupdown",
            Format::Nmstate => "nmstate",
        }
    }

    /// The format of a text that is Linux network configuration, by lines that only one of them has; `None` for host
    /// files and whatever else there is. What cloud-init shares is called by the name of where it came from, except in
    /// a file of cloud-init's own.
    ///
    /// ```
    /// use esxi_core::import::Format;
    /// assert_eq!(Format::of("auto eth0\niface eth0 inet dhcp\n"), Some(Format::Ifupdown));
    /// assert_eq!(Format::of("network:\n  version: 2\n  ethernets: {}\n"), Some(Format::Netplan));
    /// assert_eq!(Format::of("version: 1\nnetwork: {}\n"), None);
    /// ```
    pub fn of(text: &str) -> Option<Format> {
        let starts =
            |words: &[&str]| text.lines().any(|line| words.iter().any(|word| line.starts_with(word)));
        // The same within mappings and lists.
        let inside = |words: &[&str]| {
            let lines = text.lines().map(|line| line.trim_start().trim_start_matches("- "));
            lines.into_iter().any(|line| words.iter().any(|word| line.starts_with(word)))
        };
        if starts(&["iface ", "iface\t", "auto ", "auto\t", "allow-hotplug "]) {
            return Some(Format::Ifupdown);
        }
        if starts(&["interfaces:"]) || inside(&["desiredState:"]) {
            return Some(Format::Nmstate);
        }
        let sections = ["ethernets:", "bonds:", "bridges:", "vlans:"];
        let (one, two) = (inside(&["config:"]), inside(&sections) || inside(&["version: 2"]));
        if (one || two) && starts(&["#cloud-config"]) {
            return Some(Format::CloudInit);
        }
        if one {
            return Some(Format::Curtin);
        }
        two.then_some(Format::Netplan)
    }

    /// Reads files in this format, each with its name. Of formats that have one file only the first is read.
    pub fn import(self, files: &[(&str, &str)], options: &ImportOptions) -> Imported {
        let (name, text) = files.first().copied().unwrap_or_default();
        match self {
            Format::Curtin => curtin(name, text, options),
            Format::Netplan => netplan(files, options),
            Format::CloudInit => cloud_init(name, text, options),
            Format::Ifupdown => ifupdown(files, options),
            Format::Nmstate => nmstate(name, text, options),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_files_are_of_none() {
        for text in [
            "",
            "version: 1\nnetwork:\n  vswitches:\n    - { name: vSwitch0, uplinks: [vmnic0] }\n",
            "version: 1\naddresses: { blocks: [] }\n",
            "hosts:\n  - version: 6.5\n",
        ] {
            assert_eq!(Format::of(text), None, "{text}");
        }
    }

    #[test]
    fn each_is_told_by_its_own_words() {
        for (text, format) in [
            ("# x\n\niface eth0 inet dhcp\n", Format::Ifupdown),
            ("---\ninterfaces:\n- name: eth0\n", Format::Nmstate),
            ("spec:\n  desiredState:\n    interfaces: []\n", Format::Nmstate),
            ("network:\n  version: 1\n  config:\n  - type: physical\n", Format::Curtin),
            ("config:\n- type: physical\nversion: 1\n", Format::Curtin),
            ("network:\n  bonds: {}\n", Format::Netplan),
            ("#cloud-config\nnetwork:\n  version: 2\n  ethernets: {}\n", Format::CloudInit),
        ] {
            assert_eq!(Format::of(text), Some(format), "{text}");
        }
    }
}
