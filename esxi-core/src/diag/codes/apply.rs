//! `APPLY`: changing a live host.

super::codes! {
    /// The plan ends in a state in which management is known not to answer, or data would be lost. Nothing was
    /// changed.
    PLAN_REFUSED = "APPLY001", exit 2, python "PlanRefused";
    /// No sequence of commands leads from the host's state to the declared one, because something in use stands
    /// in the way: a port group with virtual machines that should move, say. Nothing was changed.
    GOAL_OUT_OF_REACH = "APPLY002", exit 2, python "PlanRefused";
}
