//! `APPLY`: changing a live host.

super::codes! {
    /// The plan ends in a state in which management is known not to answer, or data would be lost. Nothing was
    /// changed.
    PLAN_REFUSED = "APPLY001", exit 2, python "PlanRefused";
    /// No sequence of commands leads from the host's state to the declared one, because something in use stands
    /// in the way: a port group with virtual machines that should move, say. Nothing was changed.
    GOAL_OUT_OF_REACH = "APPLY002", exit 2, python "PlanRefused";
    /// The plan interrupts more than management: virtual machines, storage paths or other services. It is only
    /// carried out with explicit consent. Nothing was changed.
    IMPACT_NOT_ACCEPTED = "APPLY003", exit 2, python "PlanRefused";
    /// The person did not say yes, or nobody was there to be asked. Nothing was changed.
    NOT_CONFIRMED = "APPLY004", exit 2, python "PlanRefused";
    /// A point of the plan has no commands that lead back, so it cannot run under an undo. Nothing was changed.
    NO_WAY_BACK = "APPLY005", exit 2, python "PlanRefused";
    /// The host did not say on which of its addresses the session arrived, and it was not dialled by address, so
    /// nobody knows where to connect anew after the change. Nothing was changed.
    NO_SESSION_ADDRESS = "APPLY006", exit 2, python "PlanRefused";
    /// The host brought its former state back, because the change was not confirmed in time, failed, or did not
    /// lead to the planned state.
    ROLLED_BACK = "APPLY007", exit 3, python "RolledBack";
    /// The host was left in a state that is neither certainly the former nor certainly the planned one; the message
    /// names it.
    LEFT_IN = "APPLY008", exit 4, python "LeftInState";
    /// The change is confirmed and in force, but could not be saved for the next boot.
    NOT_SAVED = "APPLY009", exit 1, python "EsxiError";
    /// The change was not started: the host was not in the planned-from state any more, could not save its former
    /// configuration, or was lost before. Nothing was changed.
    NOT_STARTED = "APPLY010", exit 2, python "PlanRefused";
    /// The window of a guarded apply is too short for anyone to confirm, or so long that the host's hourly backup
    /// would save the unconfirmed change. Nothing was changed.
    BAD_WINDOW = "APPLY011", exit 2, python "PlanRefused";
    /// A guarded change of an earlier or another run is on the host and has not ended: a process that was killed
    /// leaves one. The host undoes it by itself at the end of its window, unless it is confirmed. No other change is
    /// started on top of it.
    RUN_PENDING = "APPLY012", exit 2, python "PlanRefused";
    /// A guarded change was confirmed, and whoever did it did not come to save it: it is in force until the next
    /// boot only.
    RUN_UNSAVED = "APPLY013", exit 1, python "EsxiError";
    /// The host knows of no guarded change of this name: it was never there, somebody ended it, or the host was
    /// restarted, which brings back what was saved. Nothing was done.
    NO_SUCH_RUN = "APPLY014", exit 2, python "PlanRefused";
    /// Without the undo on the host a change that goes wrong is gone for good, so whoever wants that names the host
    /// that may be lost. Nothing was changed.
    NO_GUARD_CONSENT = "APPLY015", exit 2, python "PlanRefused";
    /// A change without the undo on the host stopped before its end; the message says which steps were done and in
    /// what state the host is. Nothing undoes them by itself.
    STOPPED = "APPLY016", exit 4, python "LeftInState";
    /// Nobody who asks from the named client would reach the host after the change, or the client that shall confirm
    /// it cannot be one. Nothing was changed.
    BAD_VANTAGE = "APPLY017", exit 2, python "PlanRefused";
}
