//! One file a command.

pub mod apply;
pub mod explain;
pub mod facts;
pub mod ip;
pub mod plan;
pub mod verify;
