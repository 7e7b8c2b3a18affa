//! `APPLY`: changing a live host.

super::codes! {
    /// The plan ends in a state in which management is known not to answer, or data would be lost. Nothing was
    /// changed.
    PLAN_REFUSED = "APPLY001", exit 2, python "PlanRefused";
}
