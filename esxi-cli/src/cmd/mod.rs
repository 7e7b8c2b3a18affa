//! One file a command.

pub mod apply;
pub mod demo;
pub mod explain;
pub mod facts;
pub mod ip;
pub mod plan;
pub mod schema;
pub mod sim;
pub mod teaming;
pub mod verify;
