//! The document of `esxi ip plan --format json`.

use super::{BlockPlan, Price, Range, Role};
use crate::diag::Diagnostic;
use serde::{Serialize, Serializer};
use std::net::IpAddr;

/// IPv4 blocks up to this size list every address beside their ranges.
const LIST_UP_TO: u128 = 256;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    block: super::Block,
    provider: &'a str,
    layout: &'a str,
    ranges: &'a [Range],
    #[serde(skip_serializing_if = "Option::is_none")]
    addresses: Option<Vec<Address<'a>>>,
    usable: u128,
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Price>,
    diagnostics: &'a [Diagnostic],
}

#[derive(Serialize)]
struct Address<'a> {
    address: IpAddr,
    role: Role,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl Serialize for BlockPlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let listed = self.block.net().addr().is_ipv4() && self.block.count() <= LIST_UP_TO;
        let addresses = listed.then(|| {
            self.addresses()
                .map(|(address, range)| Address { address, role: range.role, name: range.name.as_deref() })
                .collect()
        });
        Document {
            schema: 1,
            block: self.block,
            provider: self.provider.name,
            layout: self.layout.name,
            ranges: &self.ranges,
            addresses,
            usable: self.usable(),
            price: self.price,
            diagnostics: &self.diagnostics,
        }
        .serialize(serializer)
    }
}

/// `{"currency","addresses","per_address_hour","per_hour"}`, prices in whole units of the currency.
impl Serialize for Price {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Amounts {
            currency: &'static str,
            addresses: u64,
            per_address_hour: f64,
            per_hour: f64,
        }
        // Exact to the cent of a cent: prices are far below 2^53 millionths.
        let units = |micros: u64| micros as f64 / 1e6;
        Amounts {
            currency: self.currency,
            addresses: self.addresses,
            per_address_hour: units(self.micros_per_address_hour),
            per_hour: units(self.micros_per_hour()),
        }
        .serialize(serializer)
    }
}
