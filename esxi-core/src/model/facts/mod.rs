//! Asking a host everything in one go.
