//! Address blocks that a provider hands to an ESXi host: which address is whose.
//!
//! A rented host comes with a small block, of which the provider keeps some addresses and ESXi takes one; the
//! rest is for virtual machines. Which offset has which role is the provider's *layout*, and layouts are data
//! ([`Provider`]).
//!
//! ```
//! use esxi_core::block::{plan, Request, Role};
//!
//! let request = Request::new("147.75.1.8/29".parse()?).layout("router-vm");
//! let plan = plan(&request).expect("Packet lays out a /29");
//! assert_eq!(plan.management().map(|a| a.to_string()).as_deref(), Some("147.75.1.11"));
//! assert_eq!(plan.router().map(|a| a.to_string()).as_deref(), Some("147.75.1.10"));
//! assert_eq!(plan.available().count(), 3);
//! assert_eq!(plan.ranges()[0].role, Role::Network);
//! # Ok::<(), esxi_core::block::BlockError>(())
//! ```
//!
//! Inside there are ranges, never lists, so that a large block costs no more than a small one.
//!
//! Not here: asking a provider which block it assigned. These functions know what stands in the block's text
//! and in the provider table, nothing else.

pub mod guest;
mod json;
mod nearest;
mod net;
mod plan;
pub mod profile;
mod provider;
mod range;
mod role;
mod spec;
mod table;

pub use net::{Block, BlockError};
pub use plan::{BlockPlan, Price, Range, Request, plan};
pub use profile::Prefixes;
pub use provider::{Evidence, Fact, Layout, PROVIDERS, Position, PriceRule, Provider, Status, provider};
pub use range::{AddressRange, AddressRangeError};
pub use role::Role;
pub use spec::{AddressSpec, Assignment, BlockSpec, Reservation};
