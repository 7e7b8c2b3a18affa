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
}
