//! Network configuration for virtual machines: as written once, as other programs read it, and on a network of
//! Linux namespaces.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on has failed")]

mod cases;
mod goldens;
