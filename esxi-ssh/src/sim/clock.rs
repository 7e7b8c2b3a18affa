//! The time of a simulated host.

use esxi_core::model::calendar::moment;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The true time where a simulated host is, which can be moved forward, and how long the host has been up. What
/// the host's own clock shows may differ from it by `Machine::system.clock_error`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    /// Seconds ahead of the real time when it was set up.
    offset: i64,
    /// By how much it was moved forward since.
    advanced: Duration,
    booted: Instant,
    advanced_at_boot: Duration,
}

impl Clock {
    pub(crate) fn new(offset: i64) -> Clock {
        Clock { offset, advanced: Duration::ZERO, booted: Instant::now(), advanced_at_boot: Duration::ZERO }
    }

    /// Time since 1970.
    pub(crate) fn since_epoch(&self) -> Duration {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let by = Duration::from_secs(self.offset.unsigned_abs());
        let there = if self.offset < 0 { real.saturating_sub(by) } else { real.saturating_add(by) };
        there.saturating_add(self.advanced)
    }

    /// Seconds since 1970.
    pub(crate) fn now(&self) -> u64 {
        self.since_epoch().as_secs()
    }

    /// Time since the host booted.
    pub(crate) fn uptime(&self) -> Duration {
        self.booted.elapsed() + self.advanced.saturating_sub(self.advanced_at_boot)
    }

    /// The host boots now.
    pub(crate) fn boot(&mut self) {
        self.booted = Instant::now();
        self.advanced_at_boot = self.advanced;
    }

    /// Moves it forward.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.advanced = self.advanced.saturating_add(by);
    }
}

/// A moment as logs have it: `2026-03-01T13:00:59.250Z`, or without the fraction.
pub(crate) fn stamp(since_epoch: Duration, fraction: bool) -> String {
    let fraction = if fraction { format!(".{:03}", since_epoch.subsec_millis()) } else { String::new() };
    moment(since_epoch.as_secs()) + &fraction + "Z"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written() {
        let moment = Duration::from_millis(20_513 * 86_400_000 + 46_859_250);
        assert_eq!(stamp(moment, true), "2026-03-01T13:00:59.250Z");
        assert_eq!(stamp(moment, false), "2026-03-01T13:00:59Z");
    }

    #[test]
    fn it_moves_forward_and_counts_from_the_boot() {
        let real = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let mut clock = Clock::new(-3600);
        assert!((real - 3600..real - 3595).contains(&clock.now()));
        clock.advance(Duration::from_secs(7200));
        assert!((real + 3600..real + 3605).contains(&clock.now()));
        assert!(clock.uptime() >= Duration::from_secs(7200));
        clock.boot();
        assert!(clock.uptime() < Duration::from_secs(60));
        clock.advance(Duration::from_secs(60));
        assert!(clock.uptime() >= Duration::from_secs(60));
    }
}
