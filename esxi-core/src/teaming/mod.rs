//! From a Linux bond to NIC teaming of a standard vSwitch.
//!
//! Three answers decide, and a bond's mode is only one of them: what the *physical switch* expects and how many
//! uplinks there are count as much. The wrong pair cuts traffic, so an unknown switch side is asked for.
//!
//! ```
//! use esxi_core::teaming::{advise, BondMode, BondOptions, Fit, SwitchSide};
//! use esxi_core::state::LoadBalancing;
//! let mode: BondMode = "802.3ad".parse()?;
//!
//! let advice = advise(mode, Some(SwitchSide::StaticLag), 2, &BondOptions::default());
//! assert_eq!(advice.load_balancing, Some(LoadBalancing::IpHash));
//!
//! // A standard vSwitch does not speak LACP: iphash against an LACP port channel never comes up.
//! let advice = advise(mode, Some(SwitchSide::Lacp), 2, &BondOptions::default());
//! assert!(matches!(advice.fit, Fit::Refused { .. }));
//! # Ok::<(), esxi_core::teaming::BondModeError>(())
//! ```

mod options;
mod remarks;
pub mod switch;
mod table;

use crate::diag::{Diagnostic, codes};
use crate::state::{FailureDetection, LoadBalancing};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Mode of a Linux bond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BondMode {
    /// 0: packets in turn over all members.
    #[serde(rename = "balance-rr")]
    BalanceRr,
    /// 1: one member works, the others wait.
    #[serde(rename = "active-backup")]
    ActiveBackup,
    /// 2: by hash.
    #[serde(rename = "balance-xor")]
    BalanceXor,
    /// 3: everything on all members.
    #[serde(rename = "broadcast")]
    Broadcast,
    /// 4: LACP.
    #[serde(rename = "802.3ad")]
    Ieee8023ad,
    /// 5: sending by load.
    #[serde(rename = "balance-tlb")]
    BalanceTlb,
    /// 6: sending and receiving by load.
    #[serde(rename = "balance-alb")]
    BalanceAlb,
}

impl BondMode {
    /// Every mode, by number.
    pub const ALL: [BondMode; 7] = [
        BondMode::BalanceRr,
        BondMode::ActiveBackup,
        BondMode::BalanceXor,
        BondMode::Broadcast,
        BondMode::Ieee8023ad,
        BondMode::BalanceTlb,
        BondMode::BalanceAlb,
    ];
    /// The kernel's name.
    pub fn name(self) -> &'static str {
        match self {
            BondMode::BalanceRr => "balance-rr",
            BondMode::ActiveBackup => "active-backup",
            BondMode::BalanceXor => "balance-xor",
            BondMode::Broadcast => "broadcast",
            BondMode::Ieee8023ad => "802.3ad",
            BondMode::BalanceTlb => "balance-tlb",
            BondMode::BalanceAlb => "balance-alb",
        }
    }
}

/// A text that is no bond mode.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "\"{0}\" is not a bond mode: balance-rr, active-backup, balance-xor, broadcast, 802.3ad, balance-tlb, \
     balance-alb or their numbers 0-6"
)]
pub struct BondModeError(String);

impl FromStr for BondMode {
    type Err = BondModeError;
    fn from_str(text: &str) -> Result<Self, BondModeError> {
        let word = text.trim().to_ascii_lowercase();
        let numbered = word.parse().ok().and_then(|n: usize| BondMode::ALL.get(n).copied());
        let named = || BondMode::ALL.into_iter().find(|mode| mode.name() == word);
        numbered.or_else(named).ok_or_else(|| BondModeError(text.to_owned()))
    }
}

impl fmt::Display for BondMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// How the physical switch treats the ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SwitchSide {
    /// Each port by itself.
    Independent,
    /// One channel, without a protocol (`mode on`, static EtherChannel).
    StaticLag,
    /// One channel that negotiates by LACP.
    Lacp,
}

impl SwitchSide {
    /// Every side.
    pub const ALL: [SwitchSide; 3] = [SwitchSide::Independent, SwitchSide::StaticLag, SwitchSide::Lacp];
    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            SwitchSide::Independent => "independent",
            SwitchSide::StaticLag => "static-lag",
            SwitchSide::Lacp => "lacp",
        }
    }
}

/// A text that is no switch side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a switch side: independent, static-lag or lacp")]
pub struct SwitchSideError(String);

impl FromStr for SwitchSide {
    type Err = SwitchSideError;
    fn from_str(text: &str) -> Result<Self, SwitchSideError> {
        let found = SwitchSide::ALL.into_iter().find(|side| side.word() == text.trim());
        found.ok_or_else(|| SwitchSideError(text.to_owned()))
    }
}

impl fmt::Display for SwitchSide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// Whose fixed mapping to follow instead of asking about the switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Compat {
    /// The MAAS image template's: `balance-rr` → `portid`, `active-backup` → `explicit` with all members active,
    /// `802.3ad` → `iphash`; other modes are refused.
    PackerMaas,
}

impl FromStr for Compat {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "packer-maas" => Ok(Compat::PackerMaas),
            other => Err(format!("\"{other}\" is not a known mapping: packer-maas")),
        }
    }
}

/// What else is known of the bond.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BondOptions {
    /// Follow a fixed mapping.
    pub compat: Option<Compat>,
    /// The bond's parameters as written, in any of their spellings (`bond-miimon`, `bond_miimon`, `miimon`,
    /// `mii-monitor-interval`); the mode itself may be among them and is passed over.
    pub params: Vec<(String, String)>,
}

/// How well NIC teaming can stand in for the bond.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Fit {
    /// It does what the bond did.
    Exact,
    /// It comes close.
    Approximated {
        /// What the bond did beyond it.
        lost: Vec<String>,
    },
    /// It cannot.
    Refused {
        /// Why.
        why: String,
        /// What to do.
        cure: String,
    },
}

/// Which uplinks are active.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OrderRule {
    /// All of them.
    AllActive,
    /// The primary, or the first; the others are standby.
    FirstActive,
}

/// What [`advise`] found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Advice {
    /// The bond's mode.
    pub mode: BondMode,
    /// What the switch expects; `None` = nobody said.
    pub switch: Option<SwitchSide>,
    /// Number of members.
    pub uplinks: usize,
    /// How well it fits.
    pub fit: Fit,
    /// How a port picks its uplink; `None` when refused.
    pub load_balancing: Option<LoadBalancing>,
    /// Which uplinks are active; `None` when refused.
    pub order: Option<OrderRule>,
    /// How a dead uplink is noticed.
    pub failure_detection: FailureDetection,
    /// Announce moved MAC addresses to the physical switch.
    pub notify_switches: bool,
    /// Return to a recovered uplink of higher rank.
    pub failback: bool,
    /// Name of the member that is to be first, as the bond's parameters give it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub primary: Option<String>,
    /// What to know: the refusal or what is lost, and one finding for each parameter that is not carried over
    /// whole. The path of such a finding is the parameter's name as a JSON pointer.
    pub findings: Vec<Diagnostic>,
    /// On what it depends that this works as meant: what the switch must do, and where to switch something off.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<&'static str>,
}

impl Advice {
    /// The same advice where a port group of the vSwitch has VLAN 4095: beacon probing does not go with guest
    /// tagging (VMware's 5.5 networking guide, verified), so that link state is watched instead.
    #[must_use]
    pub fn with_guest_tagging(mut self) -> Self {
        if self.failure_detection == FailureDetection::Beacon {
            self.failure_detection = FailureDetection::Link;
            let message = "no ARP monitoring, and no beacon probing either, which does not go with guest tagging \
                           (VLAN 4095): link state is watched";
            self.findings.push(Diagnostic::warning(codes::IMPORT_LEFT_OUT, message));
            self.remarks = remarks::of(&self);
        }
        self
    }

    /// True unless refused.
    pub fn is_usable(&self) -> bool {
        !matches!(self.fit, Fit::Refused { .. })
    }

    /// Active and standby members in order, the primary first.
    ///
    /// ```
    /// # use esxi_core::teaming::*;
    /// let advice = advise(BondMode::ActiveBackup, Some(SwitchSide::Independent), 2, &BondOptions::default());
    /// assert_eq!(advice.members(&["vmnic0", "vmnic1"], Some(&"vmnic1")), (vec!["vmnic1"], vec!["vmnic0"]));
    /// ```
    pub fn members<T: Clone + PartialEq>(&self, members: &[T], primary: Option<&T>) -> (Vec<T>, Vec<T>) {
        let mut all: Vec<T> = members.iter().filter(|member| Some(*member) == primary).cloned().collect();
        all.extend(members.iter().filter(|member| Some(*member) != primary).cloned());
        match self.order {
            Some(OrderRule::FirstActive) if !all.is_empty() => {
                let standby = all.split_off(1);
                (all, standby)
            }
            _ => (all, Vec::new()),
        }
    }
}

/// Judges which NIC teaming stands in for a bond. `switch` is what the physical switch expects, `None` when nobody
/// said: then the advice is a refusal that asks (`NET017`), unless the answer makes no difference.
///
/// With one uplink there is nothing to balance and most combinations work.
pub fn advise(mode: BondMode, switch: Option<SwitchSide>, uplinks: usize, options: &BondOptions) -> Advice {
    let verdict = match options.compat {
        Some(Compat::PackerMaas) => table::packer_maas(mode, switch, uplinks),
        None => table::judge(mode, switch, uplinks),
    };
    let mut advice = Advice {
        mode,
        switch,
        uplinks,
        fit: Fit::Exact,
        load_balancing: verdict.balancing,
        order: verdict.order,
        failure_detection: FailureDetection::Link,
        notify_switches: true,
        failback: true,
        primary: None,
        findings: verdict.findings,
        remarks: Vec::new(),
    };
    match verdict.refused {
        Some((code, why, cure)) => {
            advice.findings.insert(0, Diagnostic::error(code, why.clone()).help(cure.clone()));
            advice.fit = Fit::Refused { why, cure };
        }
        None if !verdict.lost.is_empty() => {
            let word = verdict.balancing.unwrap_or_default().set_word();
            let message = format!("{mode} becomes {word}; lost: {}", verdict.lost.join(", "));
            advice.findings.insert(0, Diagnostic::warning(codes::TEAMING_APPROXIMATED, message));
            advice.fit = Fit::Approximated { lost: verdict.lost };
        }
        None => {}
    }
    options::carry_over(&options.params, &mut advice);
    advice.remarks = remarks::of(&advice);
    advice
}

#[cfg(test)]
mod tests;
