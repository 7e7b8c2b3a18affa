//! Model, plan and prove the configuration of a stand-alone VMware ESXi host.
//!
//! ```
//! use esxi_core::command::apply;
//! use esxi_core::plan::plan;
//! use esxi_core::reach::Fabric;
//! use esxi_core::state::{FactoryNic, factory};
//!
//! let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
//! let mut host = factory("7.0".parse()?, &[nic]);
//! let mut wanted = host.clone();
//! wanted.vswitches.get_mut("vSwitch0").unwrap().mtu = "9000".parse()?;
//! let change = plan(&host, &wanted, &Fabric::default());
//! for step in &change.steps {
//!     println!("{}  # {}", step.command.argv().join(" "), step.reason);
//!     apply(&mut host, &step.command)?;
//! }
//! assert_eq!(host, wanted);
//! assert!(plan(&host, &wanted, &Fabric::default()).steps.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! One model ([`state::HostState`]) and one plan: facts of a live host are read into the model (`model::facts`), a host
//! file ([`spec::HostSpec`]) is laid over it, the difference becomes ordered commands with undo ([`plan`](mod@plan)),
//! and [`reach`] says after each whether management still answers, given what is known of the network around
//! the host. `guard` carries a plan out so that the host heals itself when nobody confirms it.
//!
//! This crate does no I/O: it reads no file, opens no socket, sees no clock, environment or randomness, and
//! builds for `wasm32-unknown-unknown`.
//!
//! # Features
//!
//! `blocks`, `teaming`, `spec` and `plan` are on by default; `yaml`, `schema` and `model` are for whoever reads host
//! files from text, publishes their schema, or speaks with hosts (facts, guarded apply, simulation).
//!
//! # Not here
//!
//! vCenter, distributed switches, vSAN, the life cycle of virtual machines, provider APIs. Transport is
//! `esxi-ssh`, images are `esxi-image`.
#![forbid(unsafe_code)]

#[cfg(feature = "blocks")]
pub mod block;
#[cfg(feature = "plan")]
pub mod command;
pub mod diag;
#[cfg(feature = "plan")]
pub mod firstboot;
#[cfg(feature = "model")]
pub mod guard;
#[cfg(feature = "yaml")]
pub mod import;
#[cfg(feature = "model")]
pub mod model;
#[cfg(feature = "plan")]
pub mod plan;
#[cfg(feature = "plan")]
pub mod reach;
#[cfg(feature = "model")]
pub mod route;
#[cfg(feature = "model")]
pub mod scenario;
#[cfg(feature = "spec")]
pub mod spec;
#[cfg(feature = "teaming")]
pub mod state;
#[cfg(feature = "blocks")]
mod svg;
#[cfg(feature = "teaming")]
pub mod teaming;
#[cfg(any(feature = "blocks", feature = "yaml"))]
mod tree;
pub mod value;
pub mod version;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use version::EsxiVersion;
