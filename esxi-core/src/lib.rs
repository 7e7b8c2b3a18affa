//! Model, plan and prove the configuration of a stand-alone VMware ESXi host.
//!
//! This crate does no I/O: it reads no file, opens no socket, sees no clock, environment or randomness, and
//! builds for `wasm32-unknown-unknown`.

#[cfg(feature = "blocks")]
pub mod block;
pub mod diag;
#[cfg(feature = "yaml")]
pub mod import;
pub mod value;
pub mod version;

#[cfg(feature = "plan")]
pub mod command;
#[cfg(feature = "spec")]
pub mod spec;
#[cfg(feature = "teaming")]
pub mod state;
#[cfg(feature = "teaming")]
pub mod teaming;

#[cfg(feature = "yaml")]
pub mod yaml;

pub use version::EsxiVersion;
#[cfg(feature = "model")]
pub mod guard;
#[cfg(feature = "model")]
pub mod model;
#[cfg(feature = "plan")]
pub mod plan;
#[cfg(feature = "plan")]
pub mod reach;
