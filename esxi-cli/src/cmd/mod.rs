//! One file a command.

pub mod apply;
pub mod check;
pub mod coverage;
pub mod demo;
pub mod doctor;
pub mod explain;
pub mod facts;
pub mod import;
pub mod ip;
pub mod plan;
pub mod route;
pub mod schema;
pub mod sim;
pub mod teaming;
pub mod verify;
