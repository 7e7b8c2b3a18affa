//! `esxcli` and its elders as text: a grammar table, execution on a host's state, output in every form, and the
//! way back from output to state.
//!
//! * [`grammar`] is the table; [`parse`] reads a command line by it.
//! * [`run`] executes one command line on a [`Machine`] and gives what a host would print.
//! * [`read`] reads the output of esxcli in every form.
//! * [`facts`] holds the script that asks a host everything in one go, and the parser of its answer.
//!
//! What is only believed of ESXi is marked so where it stands: rows by their [`Level`](grammar::Level),
//! sentences in one file, layouts at their renderer.

pub mod bundle;
pub mod calendar;
pub mod doctor;
pub mod facts;
mod family;
mod firewall;
pub mod grammar;
pub mod guests;
mod hardware;
mod listing;
mod machine;
mod network;
mod parse;
pub mod read;
mod render;
mod run;
pub mod software;
pub mod storage;
mod surroundings;
mod system;
mod usage;
pub mod value;
mod wording;

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod testgen;
#[cfg(test)]
mod testhost;
#[cfg(test)]
mod tests;

pub use family::{Call, Then};
pub use firewall::Firewall;
pub use guests::{Guest, GuestError, Guests, Power, PowerChange, Vmx};
pub use hardware::Hardware;
pub use machine::{Machine, Output};
pub use network::{Network, Refusal, command};
pub use parse::{Formatter, Invocation, NOT_MODELLED, UsageError, parse};
pub use run::{applets, run, run_in};
pub use software::Software;
pub use storage::{DeviceFile, Storage};
pub use surroundings::{FileError, Memory, Nothing, Stored, Surroundings};
pub use system::{
    Account, Added, Autostart, CustomRole, Dumps, Hashed, Lockdown, ModuleChange, Ntp, Proof, Role, Rotation,
    Service, Setting, Settings, System, Tallies, Tally, authorized_keys,
};
