//! What tests of several packages share: random hosts and fabrics, an independent judge of network safety, a planner by
//! brute force, and a
//! simulated host with the `esxi` command to run against it.

pub mod arb;
pub mod deadman;
pub mod lab;
pub mod oracle;
pub mod referee;
pub mod scenario;
