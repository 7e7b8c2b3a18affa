//! Reading a tree by field, keeping account of what was read.

use crate::diag::{Code, Diagnostic, Severity, codes, has_errors};
use crate::tree::{Kind, Node, pointer};
use crate::value::{MacAddr, Mtu, VlanId};
use crate::yaml::{bool_word, other_reading};
use ipnet::IpNet;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// What was read so far, and what was found.
#[derive(Default)]
pub(super) struct Account {
    used: RefCell<BTreeSet<String>>,
    found: RefCell<Vec<Diagnostic>>,
}

impl Account {
    pub(super) fn report(&self, finding: Diagnostic) {
        self.found.borrow_mut().push(finding);
    }

    /// True while no error was found.
    pub(super) fn is_clean(&self) -> bool {
        !has_errors(&self.found.borrow())
    }

    /// The findings, with one for every value below `root` that nobody read or spoke of.
    pub(super) fn settle(self, root: &Node) -> Vec<Diagnostic> {
        let (used, mut found) = (self.used.into_inner(), self.found.into_inner());
        // A remark on what a value became does not account for the values below it.
        let accounts = |finding: &&Diagnostic| finding.is_error() || finding.code == codes::IMPORT_LEFT_OUT;
        let spoken: BTreeSet<String> =
            found.iter().filter(accounts).filter_map(|finding| finding.path.clone()).collect();
        let mut open = vec![(String::new(), root)];
        while let Some((path, node)) = open.pop() {
            if used.contains(&path) || spoken.contains(&path) {
                continue;
            }
            let below = |prefix: &str| {
                let inside = format!("{prefix}/");
                used.range(inside.clone()..).next().is_some_and(|path| path.starts_with(&inside))
                    || spoken.range(inside.clone()..).next().is_some_and(|path| path.starts_with(&inside))
            };
            match &node.kind {
                Kind::Map(entries) if below(&path) => {
                    open.extend(entries.iter().map(|(key, value)| (pointer(&path, &key.text), value)));
                }
                Kind::Seq(items) if below(&path) => {
                    open.extend(items.iter().enumerate().map(|(at, item)| (pointer(&path, at), item)));
                }
                _ => found.push(left_out(&path, "not known here")),
            }
        }
        found
    }
}

/// The finding for a value that is not carried over.
pub(super) fn left_out(path: &str, why: &str) -> Diagnostic {
    let key = path.rsplit('/').next().unwrap_or_default();
    // The number of an item in a list says nothing to anybody.
    let what = if key.bytes().all(|b| b.is_ascii_digit()) { "this" } else { key };
    Diagnostic::warning(codes::IMPORT_LEFT_OUT, format!("{what} is left out: {why}")).at(path)
}

/// The address that a YAML 1.1 reader took for this number: six pairs of digits, read in base 60. It does so only where
/// every pair but the first is below 60.
fn from_base_60(number: u64) -> Option<MacAddr> {
    let mut rest = number;
    let mut octets = [0; 6];
    for octet in octets[1..].iter_mut().rev() {
        *octet = pair(rest % 60)?;
        rest /= 60;
    }
    octets[0] = pair(rest).filter(|octet| *octet != 0)?;
    Some(MacAddr(octets))
}

/// Two decimal digits as they stand in an address.
fn pair(number: u64) -> Option<u8> {
    (number < 100).then_some((number / 10 * 16 + number % 10) as u8)
}

/// A value and its place.
#[derive(Clone)]
pub(super) struct At<'a> {
    pub(super) node: &'a Node,
    pub(super) path: String,
    pub(super) account: &'a Account,
}

impl<'a> At<'a> {
    fn child(&self, node: &'a Node, path: String) -> At<'a> {
        At { node, path, account: self.account }
    }

    /// The value of a key. Absent and empty values are alike.
    pub(super) fn get(&self, key: &str) -> Option<At<'a>> {
        let Kind::Map(entries) = &self.node.kind else { return None };
        let (_, node) = entries.iter().find(|(known, _)| known.text == key)?;
        let at = self.child(node, pointer(&self.path, key));
        if node.is_null() {
            at.use_up();
            return None;
        }
        if matches!(&node.kind, Kind::Map(entries) if entries.is_empty()) {
            at.use_up();
        }
        Some(at)
    }

    /// The first of several spellings of a key.
    pub(super) fn any(&self, keys: &[&str]) -> Option<At<'a>> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Every key with its value.
    pub(super) fn entries(&self) -> Vec<(&'a str, At<'a>)> {
        let Kind::Map(entries) = &self.node.kind else { return Vec::new() };
        entries
            .iter()
            .map(|(key, node)| (key.text.as_str(), self.child(node, pointer(&self.path, &key.text))))
            .collect()
    }

    /// The items of a list; a single value counts as a list of one.
    pub(super) fn items(&self) -> Vec<At<'a>> {
        match &self.node.kind {
            Kind::Seq(items) => {
                if items.is_empty() {
                    self.use_up();
                }
                items.iter().enumerate().map(|(at, node)| self.child(node, pointer(&self.path, at))).collect()
            }
            _ => vec![self.clone()],
        }
    }

    pub(super) fn is_list(&self) -> bool {
        matches!(self.node.kind, Kind::Seq(_))
    }
    pub(super) fn is_map(&self) -> bool {
        matches!(self.node.kind, Kind::Map(_))
    }

    /// True for this very text. Reads nothing.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(&self.node.kind, Kind::Scalar { text, .. } if text.trim() == word)
    }

    /// Marks the value, and all below, as read.
    pub(super) fn use_up(&self) {
        self.account.used.borrow_mut().insert(self.path.clone());
    }

    /// The network part of a document, or the document itself; what stands beside it is told.
    pub(super) fn network(&self) -> At<'a> {
        let Some(network) = self.get("network") else { return self.clone() };
        for (key, other) in self.entries().into_iter().filter(|(key, _)| *key != "network") {
            let message = format!("{key} is not network configuration and is not imported");
            self.account.report(Diagnostic::note(codes::IMPORT_LEFT_OUT, message).at(other.path));
        }
        network
    }

    /// Of several routes to one network the one with the smallest metric is taken over.
    pub(super) fn metric(&self) -> Option<u32> {
        let metric = self.parse();
        self.note_left_out("ESXi's routes have none; of several to one network that with the smallest stays");
        metric
    }

    /// The warning that a value, and all below, is not carried over.
    pub(super) fn left_out(&self, why: &str) {
        self.account.report(left_out(&self.path, why));
    }

    /// The note that a value, and all below, is not carried over and nothing is lost by it.
    pub(super) fn note_left_out(&self, why: &str) {
        self.account.report(Diagnostic { severity: Severity::Note, ..left_out(&self.path, why) });
    }

    /// Accounts for a list or mapping without anything in it.
    pub(super) fn use_up_if_empty(&self) {
        let empty = match &self.node.kind {
            Kind::Seq(items) => items.is_empty(),
            Kind::Map(entries) => entries.is_empty(),
            _ => self.node.is_null(),
        };
        if empty {
            self.use_up();
        }
    }

    /// The id of a VLAN.
    pub(super) fn vlan(&self) -> Option<VlanId> {
        let number = self.parse::<VlanId>()?;
        if number.is_untagged() || number == VlanId::GUEST {
            let finding = self.error(codes::WRONG_VALUE, format!("{number} is not the id of a VLAN: 1-4094"));
            self.account.report(finding);
            return None;
        }
        Some(number)
    }

    pub(super) fn error(&self, code: Code, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, message).at(&self.path)
    }

    /// Any scalar as its text, without a word about other readings.
    pub(super) fn raw(&self) -> Option<&'a str> {
        match &self.node.kind {
            Kind::Scalar { text, .. } => {
                self.use_up();
                Some(text.trim())
            }
            _ => {
                self.account.report(self.error(codes::WRONG_VALUE, "expected a single value"));
                None
            }
        }
    }

    /// A text; a warning when a YAML 1.1 reader would see something else.
    pub(super) fn text(&self) -> Option<&'a str> {
        let text = self.raw()?;
        if let Kind::Scalar { plain: true, .. } = self.node.kind
            && let Some(reading) = other_reading(text)
        {
            let message = format!("a YAML 1.1 reader takes {text} for {reading}");
            let finding = Diagnostic::warning(codes::YAML11_DIFFERS, message).at(&self.path);
            self.account.report(finding.help("it is read as text here; quote it").fix(format!("\"{text}\"")));
        }
        Some(text)
    }

    /// A value that its own type parses, from a quoted or unquoted scalar.
    pub(super) fn parse<T: std::str::FromStr<Err: std::fmt::Display>>(&self) -> Option<T> {
        let text = self.raw()?;
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.account.report(self.error(codes::WRONG_VALUE, error.to_string()));
                None
            }
        }
    }

    /// A truth value in any of the words that YAML 1.1 readers take, or 0 or 1.
    pub(super) fn truth(&self) -> Option<bool> {
        let text = self.raw()?;
        let value = bool_word(text).or(match text {
            "1" | "y" | "Y" => Some(true),
            "0" | "n" | "N" => Some(false),
            _ => None,
        });
        if value.is_none() {
            let finding = self.error(codes::WRONG_VALUE, format!("\"{text}\" is neither true nor false"));
            self.account.report(finding.help("write true or false"));
        }
        value
    }

    pub(super) fn mac(&self) -> Option<MacAddr> {
        let text = self.text()?;
        let parsed = text.parse();
        if let Err(error) = &parsed {
            let finding = self.error(codes::WRONG_VALUE, format!("{error}"));
            self.account.report(match text.parse().ok().and_then(from_base_60) {
                Some(address) => finding
                    .help(format!("a YAML 1.1 writer made a number of {address}: quote it at its source"))
                    .fix(format!("\"{address}\"")),
                None => finding,
            });
        }
        parsed.ok()
    }

    pub(super) fn mtu(&self) -> Option<(String, Mtu)> {
        Some((self.path.clone(), self.parse::<Mtu>()?))
    }

    pub(super) fn ip(&self) -> Option<IpAddr> {
        let text = self.raw()?;
        match text.parse() {
            Ok(address) => Some(address),
            Err(_) => {
                self.account
                    .report(self.error(codes::ADDRESS_SYNTAX, format!("\"{text}\" is not an IP address")));
                None
            }
        }
    }

    /// An address in CIDR notation, or with its mask in another value: a mask or a prefix length.
    pub(super) fn net(&self, mask: Option<&At<'_>>) -> Option<IpNet> {
        let text = self.raw()?;
        if let Some(mask) = mask {
            mask.use_up();
        }
        if let Ok(net) = text.parse::<IpNet>() {
            if let Some(mask) = mask
                && mask.prefix(net.addr()) != Some(net.prefix_len())
            {
                let message = format!("the address already says /{}: this mask differs", net.prefix_len());
                self.account.report(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message).at(&mask.path));
            }
            return Some(net);
        }
        let Ok(address) = text.parse::<IpAddr>() else {
            self.account
                .report(self.error(codes::ADDRESS_SYNTAX, format!("\"{text}\" is not an IP address")));
            return None;
        };
        let Some(mask) = mask else {
            let example = if address.is_ipv4() { "/24" } else { "/64" };
            let finding = self.error(codes::ADDRESS_SYNTAX, format!("{address} has no prefix length"));
            self.account.report(finding.help(format!("write {address}{example}, or add a netmask")));
            return None;
        };
        match mask.prefix(address) {
            Some(prefix) => IpNet::new(address, prefix).ok(),
            None => {
                let message = format!("this is no netmask for {address}");
                self.account.report(mask.error(codes::ADDRESS_SYNTAX, message));
                None
            }
        }
    }

    /// Prefix length from a mask or a number.
    fn prefix(&self, address: IpAddr) -> Option<u8> {
        let Kind::Scalar { text, .. } = &self.node.kind else { return None };
        let longest = if address.is_ipv4() { 32 } else { 128 };
        if let Ok(prefix) = text.trim().parse::<u8>() {
            return (prefix <= longest).then_some(prefix);
        }
        let mask: IpAddr = text.trim().parse().ok()?;
        if mask.is_ipv4() != address.is_ipv4() {
            return None;
        }
        ipnet::ip_mask_to_prefix(mask).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_in_base_60_is_an_address_again() {
        // What PyYAML makes of `52:54:00:12:34:02`, unquoted.
        let number = ((((52 * 60 + 54) * 60) * 60 + 12) * 60 + 34) * 60 + 2;
        assert_eq!(from_base_60(number).map(|mac| mac.to_string()).as_deref(), Some("52:54:00:12:34:02"));
        for number in [0, 59, 120_054_033, u64::MAX] {
            assert_eq!(from_base_60(number), None, "{number}");
        }
    }
}
