//! What tests of several packages share: an independent judge of network safety.

pub mod referee;
pub mod scenario;
