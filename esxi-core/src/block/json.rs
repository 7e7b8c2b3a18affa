//! The document of `esxi ip plan --format json`.

use super::guest::{Guest, Router};
use super::{AddressPlan, BlockPlan, Handover, Price, Range, Role};
use crate::diag::Diagnostic;
use serde::{Serialize, Serializer};
use std::net::IpAddr;

/// IPv4 blocks up to this size list every address beside their ranges.
const LIST_UP_TO: u128 = 256;

#[derive(Serialize)]
struct OneBlock<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    schema: Option<u32>,
    block: super::Block,
    provider: &'a str,
    allocation: &'a str,
    layout: &'a str,
    ranges: &'a [Range],
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<Address<'a>>>,
    usable: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_hop: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<&'a Price>,
    #[serde(flatten)]
    host: Option<Host>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<&'a [Diagnostic]>,
}

#[derive(Serialize)]
struct ManyBlocks<'a> {
    schema: u32,
    provider: &'a str,
    blocks: Vec<OneBlock<'a>>,
    #[serde(flatten)]
    host: Host,
    diagnostics: &'a [Diagnostic],
}

/// What the whole host has beside its blocks.
#[derive(Serialize)]
struct Host {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    guests: Vec<Guest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    router: Option<Router>,
    #[serde(skip_serializing_if = "Option::is_none")]
    handover: Option<Handover>,
}

#[derive(Serialize)]
struct Address<'a> {
    address: IpAddr,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl<'a> OneBlock<'a> {
    fn new(plan: &'a BlockPlan) -> Self {
        let listed = plan.block().first().is_ipv4() && plan.block().count() <= LIST_UP_TO;
        let addresses = listed.then(|| {
            plan.addresses()
                .map(|(address, range)| Address { address, role: range.role, name: range.name.as_deref() })
                .collect()
        });
        OneBlock {
            schema: None,
            block: plan.block(),
            provider: &plan.profile().name,
            allocation: &plan.allocation().name,
            layout: &plan.layout().name,
            ranges: plan.ranges(),
            addresses,
            usable: plan.usable(),
            next_hop: plan.next_hop(),
            price: plan.price(),
            host: None,
            diagnostics: None,
        }
    }
}

impl Serialize for BlockPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        OneBlock { schema: Some(1), diagnostics: Some(self.diagnostics()), ..OneBlock::new(self) }
            .serialize(serializer)
    }
}

/// One block: the document of that block. Several: the same under `blocks`.
impl Serialize for AddressPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let host = Host { guests: self.guests(), router: self.router(), handover: self.handover() };
        let diagnostics = self.diagnostics();
        if let [block] = self.blocks() {
            let document = OneBlock {
                schema: Some(1),
                host: Some(host),
                diagnostics: Some(diagnostics),
                ..OneBlock::new(block)
            };
            return document.serialize(serializer);
        }
        let blocks = self.blocks().iter().map(OneBlock::new).collect();
        ManyBlocks { schema: 1, provider: &self.profile().name, blocks, host, diagnostics }
            .serialize(serializer)
    }
}

/// `{"currency","addresses","per_address_hour","per_hour"}`, prices in whole units of the currency.
impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Amounts<'a> {
            currency: &'a str,
            addresses: u64,
            per_address_hour: f64,
            per_hour: f64,
        }
        // Exact to the cent of a cent: prices are far below 2^53 millionths.
        let units = |micros: u64| micros as f64 / 1e6;
        Amounts {
            currency: &self.currency,
            addresses: self.addresses,
            per_address_hour: units(self.micros_per_address_hour),
            per_hour: units(self.micros_per_hour()),
        }
        .serialize(serializer)
    }
}
