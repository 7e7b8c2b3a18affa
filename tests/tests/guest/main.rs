//! Network configuration for virtual machines: as written once, as the programs read it that it is written for, and
//! on a network of Linux namespaces.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod cases;
mod goldens;
#[cfg(target_os = "linux")]
mod imported;
#[cfg(target_os = "linux")]
mod lab;
#[cfg(target_os = "linux")]
mod parsers;
#[cfg(target_os = "linux")]
mod planned;
mod readers;
#[cfg(target_os = "linux")]
mod routed;
#[cfg(target_os = "linux")]
mod tools;
mod wanted;
