//! The formats and their names, and which names cards can have in each.

use crate::block::nearest::nearest_name;
use crate::diag::{Diagnostic, codes};
use std::fmt;
use std::str::FromStr;

/// A form of network configuration that a virtual machine's system reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum GuestFormat {
    /// netplan, as Ubuntu has it.
    Netplan,
    /// ifupdown's `interfaces`, as Debian has it.
    Ifupdown,
    /// cloud-init's network configuration, version 2, as a file of a NoCloud volume.
    CloudInit,
    /// A keyfile of NetworkManager, as Fedora and Red Hat's relatives have it.
    NetworkManager,
    /// A batch file of netsh commands, for Windows.
    Netsh,
    /// A PowerShell script, for Windows.
    PowerShell,
    /// OpenBSD's `hostname.if` and `mygate`.
    OpenBsd,
}

/// A form of configuration for the router virtual machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum RouterFormat {
    /// Commands of VyOS 1.4 and later.
    Vyos,
    /// The pages of OPNsense's web interface and what to enter there: its configuration is one file that cannot be
    /// pasted in part.
    Opnsense,
    /// Debian with ifupdown, sysctl and nftables.
    Nftables,
}

/// The word names no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{word}\" is no format of network configuration")]
#[non_exhaustive]
pub struct FormatError {
    /// The word as given.
    pub word: String,
    /// The format that was meant, where one is near.
    pub nearest: Option<&'static str>,
    /// All there are.
    pub known: &'static [&'static str],
}

/// No card of that system can have the name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// Not in the form of the system's names.
    #[error("\"{card}\" is no name of a network card in {system}")]
    Name {
        /// The name as given.
        card: String,
        /// The system.
        system: &'static str,
        /// A name that a card can have there.
        example: &'static str,
    },
    /// A router's two cards under one name.
    #[error("the router's outer and inner card cannot both be {card}")]
    Same {
        /// The name.
        card: String,
    },
}

/// Which names a system gives its cards.
#[derive(Clone, Copy)]
enum Naming {
    /// Up to 15 characters, no blank, no slash; and no percent sign or quote, for the shell's sake.
    Linux,
    /// A driver's name and a number.
    Bsd,
    /// Words; a user may rename a card.
    Windows,
}

const GUEST_NAMES: &[&str] =
    &["netplan", "ifupdown", "cloud-init", "networkmanager", "netsh", "powershell", "openbsd"];
const ROUTER_NAMES: &[&str] = &["vyos", "opnsense", "nftables"];

impl GuestFormat {
    /// Every format.
    pub const ALL: &[GuestFormat] = &[
        GuestFormat::Netplan,
        GuestFormat::Ifupdown,
        GuestFormat::CloudInit,
        GuestFormat::NetworkManager,
        GuestFormat::Netsh,
        GuestFormat::PowerShell,
        GuestFormat::OpenBsd,
    ];

    /// The name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            GuestFormat::Netplan => "netplan",
            GuestFormat::Ifupdown => "ifupdown",
            GuestFormat::CloudInit => "cloud-init",
            GuestFormat::NetworkManager => "networkmanager",
            GuestFormat::Netsh => "netsh",
            GuestFormat::PowerShell => "powershell",
            GuestFormat::OpenBsd => "openbsd",
        }
    }

    /// A heading for people: the program and where one meets it.
    pub fn title(self) -> &'static str {
        match self {
            GuestFormat::Netplan => "netplan (Ubuntu)",
            GuestFormat::Ifupdown => "ifupdown (Debian)",
            GuestFormat::CloudInit => "cloud-init (NoCloud network-config)",
            GuestFormat::NetworkManager => "NetworkManager (Fedora, RHEL and relatives)",
            GuestFormat::Netsh => "Windows, netsh",
            GuestFormat::PowerShell => "Windows, PowerShell",
            GuestFormat::OpenBsd => "OpenBSD",
        }
    }

    /// What a first vmxnet3 card is usually called by the system.
    ///
    /// Believed, from machines in use: Linux numbers cards by their PCI slot, which ESXi gives in steps of 32 from
    /// 160 behind a bridge at 192; OpenBSD by the driver `vmx`; Windows calls VMware's first card `Ethernet0`.
    pub fn default_card(self) -> &'static str {
        match self.naming() {
            Naming::Linux => "ens192",
            Naming::Bsd => "vmx0",
            Naming::Windows => "Ethernet0",
        }
    }

    fn naming(self) -> Naming {
        match self {
            GuestFormat::Netplan
            | GuestFormat::Ifupdown
            | GuestFormat::CloudInit
            | GuestFormat::NetworkManager => Naming::Linux,
            GuestFormat::Netsh | GuestFormat::PowerShell => Naming::Windows,
            GuestFormat::OpenBsd => Naming::Bsd,
        }
    }

    pub(super) fn check_card(self, card: &str) -> Result<(), CardError> {
        self.naming().check(card, self.default_card())
    }
}

impl RouterFormat {
    /// Every format.
    pub const ALL: &[RouterFormat] = &[RouterFormat::Vyos, RouterFormat::Opnsense, RouterFormat::Nftables];

    /// The name on a command line.
    pub fn name(self) -> &'static str {
        match self {
            RouterFormat::Vyos => "vyos",
            RouterFormat::Opnsense => "opnsense",
            RouterFormat::Nftables => "nftables",
        }
    }

    /// A heading for people.
    pub fn title(self) -> &'static str {
        match self {
            RouterFormat::Vyos => "VyOS 1.4 and later",
            RouterFormat::Opnsense => "OPNsense",
            RouterFormat::Nftables => "Debian with nftables",
        }
    }

    /// What the first and the second vmxnet3 card, the outer and the inner one, are usually called by the system.
    ///
    /// Believed, as [`GuestFormat::default_card`]; VyOS numbers its cards itself.
    pub fn default_cards(self) -> [&'static str; 2] {
        match self {
            RouterFormat::Vyos => ["eth0", "eth1"],
            RouterFormat::Opnsense => ["vmx0", "vmx1"],
            RouterFormat::Nftables => ["ens192", "ens224"],
        }
    }

    pub(super) fn check_card(self, card: &str) -> Result<(), CardError> {
        let naming = match self {
            RouterFormat::Opnsense => Naming::Bsd,
            RouterFormat::Vyos | RouterFormat::Nftables => Naming::Linux,
        };
        naming.check(card, self.default_cards()[0])
    }
}

impl Naming {
    fn check(self, card: &str, example: &'static str) -> Result<(), CardError> {
        let starts_well = card.starts_with(|c: char| c.is_ascii_alphanumeric());
        let (system, fits) = match self {
            Naming::Linux => {
                let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
                ("Linux", card.len() <= 15 && card.chars().all(fits))
            }
            Naming::Bsd => {
                let number = card.trim_start_matches(|c: char| c.is_ascii_alphabetic());
                let numbered = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
                ("a BSD", card.len() <= 15 && numbered && !card.starts_with(|c: char| c.is_ascii_digit()))
            }
            Naming::Windows => {
                let fits = |c: char| c.is_alphanumeric() || " -_.#()".contains(c);
                ("Windows", card.len() <= 255 && card.chars().all(fits))
            }
        };
        let windows = matches!(self, Naming::Windows) && card.starts_with(char::is_alphanumeric);
        if fits && (starts_well || windows) {
            return Ok(());
        }
        Err(CardError::Name { card: card.to_owned(), system, example })
    }
}

impl CardError {
    /// The error as a finding.
    pub fn diagnostic(&self) -> Diagnostic {
        let help = match self {
            CardError::Name { example, .. } => {
                format!("write the name that the machine's system shows, such as {example}")
            }
            CardError::Same { .. } => {
                "name the card on the provider's network first, then the other one".to_owned()
            }
        };
        Diagnostic::error(codes::CARD_NAME, self.to_string()).help(help)
    }
}

impl FormatError {
    fn new(word: &str, known: &'static [&'static str]) -> Self {
        FormatError { word: word.to_owned(), nearest: nearest_name(word, known), known }
    }

    /// The error as a finding that names the nearest format.
    pub fn diagnostic(&self) -> Diagnostic {
        let found = Diagnostic::error(codes::GUEST_FORMAT, self.to_string());
        let list = self.known.join(", ");
        match self.nearest {
            Some(name) => found.help(format!("did you mean {name}? Known: {list}")).fix(name),
            None => found.help(format!("known: {list}")),
        }
    }
}

impl From<FormatError> for Diagnostic {
    fn from(error: FormatError) -> Self {
        error.diagnostic()
    }
}

impl From<CardError> for Diagnostic {
    fn from(error: CardError) -> Self {
        error.diagnostic()
    }
}

impl FromStr for GuestFormat {
    type Err = FormatError;
    fn from_str(word: &str) -> Result<Self, FormatError> {
        let found = GuestFormat::ALL.iter().find(|format| format.name() == word);
        found.copied().ok_or_else(|| FormatError::new(word, GUEST_NAMES))
    }
}

impl FromStr for RouterFormat {
    type Err = FormatError;
    fn from_str(word: &str) -> Result<Self, FormatError> {
        let found = RouterFormat::ALL.iter().find(|format| format.name() == word);
        found.copied().ok_or_else(|| FormatError::new(word, ROUTER_NAMES))
    }
}

impl fmt::Display for GuestFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for RouterFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_reads_its_own_name_and_slips_are_understood() {
        let names: Vec<_> = GuestFormat::ALL.iter().map(|f| f.name()).collect();
        assert_eq!(names, GUEST_NAMES);
        let names: Vec<_> = RouterFormat::ALL.iter().map(|f| f.name()).collect();
        assert_eq!(names, ROUTER_NAMES);
        for format in GuestFormat::ALL {
            assert_eq!(format.to_string().parse::<GuestFormat>(), Ok(*format));
            assert!(format.check_card(format.default_card()).is_ok());
        }
        for format in RouterFormat::ALL {
            assert_eq!(format.to_string().parse::<RouterFormat>(), Ok(*format));
            for card in format.default_cards() {
                assert!(format.check_card(card).is_ok());
            }
        }
        let fix = |word: &str| word.parse::<GuestFormat>().unwrap_err().diagnostic().fix;
        assert_eq!(fix("cloudinit").as_deref(), Some("cloud-init"));
        assert_eq!(fix("NetworkManager").as_deref(), Some("networkmanager"));
        assert_eq!(fix("qqq"), None);
        assert_eq!("VyOS".parse::<RouterFormat>().unwrap_err().nearest, Some("vyos"));
    }

    #[test]
    fn cards_have_the_names_that_their_system_gives() {
        let ok = |format: GuestFormat, card: &str| format.check_card(card).is_ok();
        for bad in ["", "a b", "-n", "eth0\n", "a'b", "$x", "averylongcardname", "../x", "eth0:1", "%x"] {
            assert!(!ok(GuestFormat::Netplan, bad), "{bad:?}");
        }
        for bad in ["", "vmx", "0", "vmx 0", "vmx0;x", "VMX0\n"] {
            assert!(!ok(GuestFormat::OpenBsd, bad), "{bad:?}");
        }
        for bad in ["", " Ethernet", "a\"b", "a'b", "a%b", "a&b", "a\nb", "a’b", "a`b", "a$b"] {
            assert!(!ok(GuestFormat::PowerShell, bad), "{bad:?}");
            assert!(!ok(GuestFormat::Netsh, bad), "{bad:?}");
        }
        assert!(ok(GuestFormat::Netsh, "Ethernet 2") && ok(GuestFormat::Netsh, "Öffentlich"));
        assert!(ok(GuestFormat::Netplan, "enp11s0f0"));
        let error = GuestFormat::Netplan.check_card("a b").unwrap_err().diagnostic();
        assert!(error.help.is_some_and(|help| help.contains("ens192")));
    }
}
