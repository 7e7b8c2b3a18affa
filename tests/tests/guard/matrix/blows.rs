//! What goes wrong, and when.

use esxi_tests::deadman::{DeadMan, Steps, Strike, Trouble};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The process that applies is killed.
    Kill,
    /// The connection breaks.
    Cut,
    /// Nothing comes through for so long; `u64::MAX`: ever.
    Mute(u64),
    /// The host loses power.
    Power,
    /// The person presses Ctrl-C.
    Interrupt,
    /// The host refuses a step.
    Refusal,
    /// A step hangs, and takes effect after it was given up.
    Hang,
    /// Speed or duplex of the cards no longer agrees with the switch: no carrier, until somebody mends it.
    NoCarrier,
    /// A firewall rule set is closed, or SSH is switched off: no new connections for so long.
    Closed(u64),
    /// The keys of sshd's users are gone, or the host is locked down: no log-in for so long.
    NoLogin(u64),
    /// The host key was made anew.
    OtherKey,
    /// The evaluation licence expires: virtual machines cannot be powered on, management goes on.
    Expiry,
    /// The host loses power, and its management adapter follows another hardware address after the boot.
    FollowedMac,
}

impl What {
    pub const LOSSES: &[What] = &[
        What::Kill,
        What::Power,
        What::Cut,
        What::Mute(4),
        What::Mute(30),
        What::Mute(100),
        What::Mute(u64::MAX),
        What::Interrupt,
        What::Refusal,
        What::Hang,
    ];
    pub const DISTURBANCES: &[What] = &[
        What::NoCarrier,
        What::Closed(40),
        What::Closed(u64::MAX),
        What::NoLogin(40),
        What::NoLogin(u64::MAX),
        What::OtherKey,
        What::Expiry,
        What::FollowedMac,
    ];

    /// Whether it can happen then.
    pub fn fits(self, when: When) -> bool {
        match self {
            // A step is refused when it is begun.
            What::Refusal | What::Hang => matches!(when, When::Begun(_)),
            // The driver's own doing.
            What::Cut | What::Interrupt | What::NoCarrier | What::FollowedMac => {
                matches!(when, When::Before(_) | When::After(_))
            }
            _ => true,
        }
    }

    /// Whether management cannot answer until somebody mends it.
    pub fn is_lasting(self) -> bool {
        matches!(
            self,
            What::Mute(u64::MAX)
                | What::NoCarrier
                | What::Closed(u64::MAX)
                | What::NoLogin(u64::MAX)
                | What::OtherKey
        )
    }

    pub fn trouble(self, now: u64) -> Option<Trouble> {
        Some(match self {
            What::Mute(long) => Trouble::Mute(now.saturating_add(long)),
            What::Closed(long) => Trouble::Refused(now.saturating_add(long)),
            What::NoLogin(long) => Trouble::LoginRefused(now.saturating_add(long)),
            What::OtherKey => Trouble::OtherKey,
            _ => return None,
        })
    }

    /// At a moment of the script's.
    pub fn strike(self, host: &mut DeadMan, when: When) {
        let (begun, done) = match when {
            When::Begun(step) => (step, step - 1),
            When::Done(step) => (step, step),
            When::Before(_) | When::After(_) => return,
        };
        match self {
            What::Refusal => host.steps = Steps::Refused(begun),
            What::Hang => host.steps = Steps::Hangs(begun),
            What::Power => host.watch = Some(((begun, done), Strike::Power)),
            What::Kill => host.watch = Some(((begun, done), Strike::Tell)),
            What::Expiry | What::Cut | What::Interrupt | What::NoCarrier | What::FollowedMac => {}
            // Counted from the start: a step takes two seconds.
            other => {
                let trouble = other.trouble(host.now + 2 * begun as u64).unwrap();
                host.watch = Some(((begun, done), Strike::Trouble(trouble)));
            }
        }
    }
}

/// When it goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// Before the machine's action of this number is carried out.
    Before(usize),
    /// After it was carried out on the host, before the answer comes.
    After(usize),
    /// When this step was begun on the host and has had no effect, from 1.
    Begun(usize),
    /// When this step has had its effect.
    Done(usize),
}

impl When {
    /// Every moment of a run of so many actions and steps.
    pub fn all(actions: usize, steps: usize) -> Vec<When> {
        let actions = (0..actions).flat_map(|at| [When::Before(at), When::After(at)]);
        let steps = (1..=steps).flat_map(|step| [When::Begun(step), When::Done(step)]);
        actions.chain(steps).collect()
    }
}

/// Something goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Blow {
    pub what: What,
    pub when: When,
}
