//! The plan as a table for people.

use super::{AddressPlan, BlockPlan};
use std::fmt;
use std::net::IpAddr;

/// Blocks up to this size list every address; larger ones list ranges.
const LIST_UP_TO: u128 = 32;

/// A table of addresses and roles with what to type into a host's network settings.
///
/// ```
/// use esxi_core::block::{BlockSpec, Catalogue};
/// let packet = Catalogue::builtin().find("packet")?;
/// let plan = packet.plan(&BlockSpec::new("147.75.1.8/29".parse().unwrap())).unwrap();
/// assert!(plan.to_string().contains("147.75.1.10  management\n"));
/// # Ok::<(), Box<esxi_core::diag::Diagnostic>>(())
/// ```
impl fmt::Display for BlockPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (block, allocation) = (self.block(), self.allocation());
        write!(f, "{block}  {} ", self.profile().name)?;
        // The first allocation is what one expects; another is worth a word.
        if self.profile().allocations.first() != Some(allocation) {
            write!(f, "{} ", allocation.name)?;
        }
        writeln!(f, "{}", self.layout().name)?;
        let rows: Vec<(String, &super::Range)> = if block.count() <= LIST_UP_TO {
            self.addresses().map(|(address, range)| (address.to_string(), range)).collect()
        } else {
            let text = |r: &super::Range| match r.count {
                1 => r.first.to_string(),
                _ => format!("{}-{}", r.first, r.last),
            };
            self.ranges().iter().map(|range| (text(range), range)).collect()
        };
        let width = rows.iter().map(|(address, _)| address.len()).max().unwrap_or(0);
        for (address, range) in rows {
            write!(f, "  {address:width$}  ")?;
            match &range.name {
                Some(name) => writeln!(f, "{:11} {name}", range.role)?,
                None => writeln!(f, "{}", range.role)?,
            }
        }
        match block.first() {
            IpAddr::V4(_) => write!(f, "netmask {}, ", self.netmask())?,
            IpAddr::V6(_) => write!(f, "prefix length {}, ", self.prefix())?,
        }
        writeln!(f, "usable {}", self.usable())?;
        if let Some(next_hop) = self.next_hop() {
            writeln!(f, "routed to {next_hop}")?;
        }
        if let Some(price) = self.price() {
            let (each, all) = (price.micros_per_address_hour, price.micros_per_hour());
            writeln!(
                f,
                "price {} {} an hour: {} further addresses at {}",
                price.currency,
                Micros(all),
                price.addresses,
                Micros(each)
            )?;
        }
        Ok(())
    }
}

/// The tables of all blocks, a blank line between them.
impl fmt::Display for AddressPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, block) in self.blocks().iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(f, "{block}")?;
            if block.gateway().is_none()
                && let Some(gateway) = self.gateway_of(block).filter(|_| block.usable() > 0)
            {
                writeln!(f, "gateway of the machines {gateway}")?;
            }
        }
        Ok(())
    }
}

/// Millionths as a decimal number with at least two decimals.
struct Micros(u64);

impl fmt::Display for Micros {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:06}", self.0 % 1_000_000);
        let shown = digits.trim_end_matches('0').len().max(2);
        write!(f, "{}.{}", self.0 / 1_000_000, &digits[..shown])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_keeps_its_decimals() {
        for (micros, text) in
            [(0, "0.00"), (5_000, "0.005"), (40_000, "0.04"), (1_500_000, "1.50"), (1, "0.000001")]
        {
            assert_eq!(Micros(micros).to_string(), text);
        }
    }
}
