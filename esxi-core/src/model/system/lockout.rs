//! Failed logins are counted, and too many lock an account: `pam_tally2` up to 7.0, `faillock` from 8.0.

use super::settings;
use crate::model::machine::Machine;
use crate::version::EsxiVersion;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Failed logins of one account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many since the last success or reset.
    pub failures: u32,
    /// When the last one was, in seconds since 1970 by the host's clock.
    pub last: u64,
    /// Where it came from.
    pub from: String,
}

/// Failed logins by account.
pub type Tallies = BTreeMap<String, Tally>;

impl Machine {
    /// How many failures lock an account, and for how many seconds. `None` where nothing locks: before 6.0
    /// (believed), and with `Security.AccountLockFailures` at 0.
    fn lock_rule(&self) -> Option<(u32, u64)> {
        let number = |path| settings::number(self, path).and_then(|number| u64::try_from(number).ok());
        let failures = number("/Security/AccountLockFailures")?;
        let seconds = number("/Security/AccountUnlockTime").unwrap_or(0);
        (failures > 0).then(|| (u32::try_from(failures).unwrap_or(u32::MAX), seconds))
    }

    /// Whether passwords of an account are refused now, right ones too. Keys are not counted and not refused.
    ///
    /// `now` is in seconds since 1970. With `Security.AccountUnlockTime` at 0 only a reset unlocks.
    ///
    /// ```
    /// use esxi_core::model::Machine;
    /// let mut host = Machine::new(esxi_core::state::factory("7.0".parse()?, &[]));
    /// for _ in 0..5 {
    ///     assert!(!host.locked("root", 1000));
    ///     host.note_failure("root", "192.0.2.9", 1000);
    /// }
    /// assert!(host.locked("root", 1000));
    /// assert!(!host.locked("root", 1000 + 900));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn locked(&self, user: &str, now: u64) -> bool {
        let (Some((limit, seconds)), Some(tally)) = (self.lock_rule(), self.system.tallies.get(user)) else {
            return false;
        };
        tally.failures >= limit && (seconds == 0 || now < tally.last.saturating_add(seconds))
    }

    /// Counts a refused password. `pam_tally2` goes on counting while the account is locked, so a patient attacker
    /// keeps it locked (seen: 132 failures in a guide's example); `faillock` does not (believed). A lock that has
    /// run out starts the count anew.
    pub fn note_failure(&mut self, user: &str, from: &str, now: u64) {
        let locked = self.locked(user, now);
        if locked && self.state.version >= EsxiVersion::new(8, 0) {
            return;
        }
        let over = !locked && self.lock_rule().is_some_and(|(limit, _)| self.failures(user) >= limit);
        let before = if over { 0 } else { self.failures(user) };
        let tally = Tally { failures: before.saturating_add(1), last: now, from: from.to_owned() };
        self.system.tallies.insert(user.to_owned(), tally);
    }

    /// Forgets the failures of an account: after a right password, or a reset.
    pub fn note_success(&mut self, user: &str) {
        self.system.tallies.remove(user);
    }

    /// Failed logins since the last success or reset.
    pub fn failures(&self, user: &str) -> u32 {
        self.system.tallies.get(user).map_or(0, |tally| tally.failures)
    }
}

#[cfg(test)]
mod tests {
    use crate::model::system::testing::host;

    #[test]
    fn numbers_by_release() {
        for (version, failures, seconds) in
            [("6.0", 10, 120), ("6.7", 10, 120), ("7.0", 5, 900), ("9.0", 5, 900)]
        {
            let mut host = host(version);
            for _ in 1..failures {
                host.note_failure("root", "192.0.2.1", 50);
            }
            assert!(!host.locked("root", 50), "{version}");
            host.note_failure("root", "192.0.2.1", 50);
            assert!(host.locked("root", 50 + seconds - 1), "{version}");
            assert!(!host.locked("root", 50 + seconds), "{version}");
            assert!(!host.locked("dcui", 50));
            host.note_success("root");
            assert!(!host.locked("root", 50));
        }
        let mut host = host("5.5");
        for _ in 0..100 {
            host.note_failure("root", "192.0.2.1", 50);
        }
        assert!(!host.locked("root", 50));
    }

    #[test]
    fn attempts_while_locked() {
        for (version, extends) in [("7.0", true), ("8.0", false)] {
            let mut host = host(version);
            for _ in 0..5 {
                host.note_failure("root", "192.0.2.1", 0);
            }
            host.note_failure("root", "192.0.2.1", 800);
            assert_eq!(host.locked("root", 1000), extends, "{version}");
        }
    }

    #[test]
    fn after_the_lock_counting_starts_anew() {
        let mut host = host("8.0");
        for _ in 0..5 {
            host.note_failure("root", "192.0.2.1", 0);
        }
        host.note_failure("root", "192.0.2.1", 2000);
        assert_eq!(host.failures("root"), 1);
    }
}
