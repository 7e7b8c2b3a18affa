//! Where a guarded apply stands.

/// Where a guarded apply stands, for people and progress displays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "Display says it")]
pub enum Phase {
    Checking,
    HoldingOff,
    Saving,
    Uploading,
    Arming,
    Running,
    Reconnecting,
    Verifying,
    Confirming,
    SavingResult,
    Healing,
    Withdrawing,
    Cleaning,
    Finished,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Phase::Checking => "checking that the host is as planned from",
            Phase::HoldingOff => "waiting for the host's hourly backup to pass",
            Phase::Saving => "saving the former configuration",
            Phase::Uploading => "sending the change and its undo",
            Phase::Arming => "arming the undo and starting the change",
            Phase::Running => "the host is changing itself",
            Phase::Reconnecting => "connecting anew to the management address of the reached state",
            Phase::Verifying => "verifying over the new connection",
            Phase::Confirming => "confirming",
            Phase::SavingResult => "saving the new configuration",
            Phase::Healing => "waiting for the host to bring its former state back",
            Phase::Withdrawing => "withdrawing the change, which never started",
            Phase::Cleaning => "taking the script off the host, which was told to keep the change",
            Phase::Finished => "finished",
        })
    }
}
