//! Address blocks that a provider hands to an ESXi host: which address is whose.
//!
//! A rented host comes with a block, of which the provider keeps some addresses and ESXi takes one; the rest is for
//! virtual machines. Which offset has which role is the provider's, and providers are data ([`profile`]).
//!
//! ```
//! use esxi_core::block::{AddressSpec, BlockSpec, Catalogue};
//!
//! let server = BlockSpec::new("147.75.1.8/29".parse()?).layout("router-vm").assign("mail");
//! let elastic = BlockSpec::new("147.75.200.16/30".parse()?).allocation("elastic").assign("web").assign("db");
//! let plan = Catalogue::builtin().plan(&AddressSpec::new([server, elastic]).provider("packet")).expect("fits");
//! assert_eq!(plan.management().unwrap().to_string(), "147.75.1.11");
//! assert_eq!(plan.blocks()[0].router().unwrap().to_string(), "147.75.1.10");
//! assert_eq!(plan.blocks()[1].next_hop(), plan.blocks()[0].router());
//! assert_eq!(plan.guests()[2].name, "db");
//! # Ok::<(), esxi_core::block::BlockError>(())
//! ```
//!
//! Inside there are ranges, never lists, so that a large block costs no more than a small one.
//!
//! Not here: asking a provider which block it assigned. These functions know what stands in the block's text
//! and in the profile, nothing else.

mod choose;
mod export;
pub mod guest;
mod handover;
mod host;
mod json;
mod judge;
mod lay_out;
mod machines;
mod name;
mod nearest;
mod net;
mod plan;
pub mod profile;
mod range;
mod read;
mod role;
mod runs;
mod space;
mod spec;
mod table;

pub use export::{ExportFormat, ExportOptions};
pub use handover::{Handover, HandoverPlace, HandoverStep};
pub use host::{AddressPlan, link_local};
pub use machines::{INNER_GATEWAY, INNER_GATEWAY6, INSIDE_PORT_GROUP, OUTSIDE_PORT_GROUP};
pub use net::{Block, BlockError};
pub use plan::{BlockPlan, Price, Range};
pub use profile::{Catalogue, Prefixes, Profile};
pub use range::{AddressRange, AddressRangeError};
pub use role::Role;
#[cfg(feature = "spec")]
pub(crate) use space::is_public;
pub use spec::{AddressSpec, Assignment, BlockSpec, Reservation};
