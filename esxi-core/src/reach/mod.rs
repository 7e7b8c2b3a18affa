//! Does management answer this client, over which adapter, and does the reply find its way back?

mod fabric;

pub use fabric::{Evidence, Fabric, Lag, Network, Segment, Session, SwitchPort, TaggedVlans};
