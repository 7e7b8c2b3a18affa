//! What tests of several packages share: random hosts and fabrics, and an independent judge of network safety.

pub mod arb;
pub mod referee;
pub mod scenario;
