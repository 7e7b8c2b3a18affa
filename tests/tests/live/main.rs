//! The command against simulated hosts, as a person uses it: read, plan, apply, verify.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod apply;
mod doctor;
mod handover;
mod import;
mod login;
mod openssh;
mod route;
mod vantage;

/// The command, which also stands as `esxcli` on the simulated hosts.
const ESXI: &str = env!("CARGO_BIN_EXE_esxi-under-test");

/// The releases that are simulated.
const RELEASES: [&str; 4] = ["6.5", "6.7", "7.0", "8.0.2"];

/// The world around the lab's host, for the command.
const FABRIC: &str = include_str!("../../../examples/lab-fabric.yaml");
