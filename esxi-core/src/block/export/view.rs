//! What exports read of a plan: its blocks, and every machine with its addresses.

use super::names::{ExportOptions, Names};
use crate::block::guest::{GuestAddress, GuestMac};
use crate::block::{AddressPlan, Block, BlockPlan, Range};
use crate::value::MacAddr;
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::IpAddr;

pub(super) struct View<'a> {
    pub(super) blocks: Vec<BlockView<'a>>,
    pub(super) machines: Vec<Machine>,
    pub(super) names: Names,
    /// Name servers for virtual machines.
    pub(super) dns: &'a [IpAddr],
    /// Which machine has an address, and with which prefix length.
    by_address: HashMap<IpAddr, (usize, u8)>,
}

pub(super) struct BlockView<'a> {
    pub(super) block: Block,
    /// Name and title of the provider.
    pub(super) provider: &'a str,
    pub(super) title: &'a str,
    pub(super) layout: &'a str,
    pub(super) ranges: &'a [Range],
    /// Default gateway of the machines in it.
    pub(super) gateway: Option<IpAddr>,
    /// Where the provider sends a routed block.
    pub(super) next_hop: Option<IpAddr>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Esxi,
    Router,
    /// The router's side towards the machines behind it.
    Inside,
    Guest,
}

pub(super) struct Machine {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) mac: Option<MacAddr>,
    pub(super) addresses: Vec<GuestAddress>,
}

impl<'a> View<'a> {
    pub(super) fn of(plan: &'a AddressPlan, options: &ExportOptions) -> Self {
        let guests = plan.guests();
        let names = Names::new(options, guests.iter().map(|guest| guest.name.as_str()));
        let blocks: Vec<_> = plan.blocks().iter().map(|block| BlockView::of(plan, block)).collect();

        let router = plan.router();
        let outside: Vec<GuestAddress> = router.iter().flat_map(|router| &router.outside).copied().collect();
        let outside: Vec<_> = outside.into_iter().filter(|a| !is_link_local(a.address.addr())).collect();
        // Addresses of host routes are the same behind every router and name none.
        let inside = router.iter().flat_map(|router| &router.behind).filter(|behind| behind.subnet);
        let inside =
            inside.map(|behind| GuestAddress { address: behind.inner, gateway: None, on_link: false });
        let mac = |mac: GuestMac| match mac {
            GuestMac::Fixed(mac) => Some(mac),
            GuestMac::Any | GuestMac::Ordered => None,
        };
        let router_mac = router.as_ref().and_then(|router| mac(router.mac));
        let mut machines = vec![
            Machine { name: names.host.clone(), kind: Kind::Esxi, mac: None, addresses: esxi(plan) },
            Machine { name: names.router.clone(), kind: Kind::Router, mac: router_mac, addresses: outside },
            Machine {
                name: names.inside.clone(),
                kind: Kind::Inside,
                mac: None,
                addresses: inside.collect(),
            },
        ];
        machines.retain(|machine| !machine.addresses.is_empty());
        machines.extend(guests.into_iter().map(|guest| Machine {
            mac: mac(guest.mac),
            name: guest.name,
            kind: Kind::Guest,
            addresses: guest.addresses,
        }));
        let by_address = machines
            .iter()
            .enumerate()
            .flat_map(|(index, machine)| machine.addresses.iter().map(move |a| (index, a.address)))
            .map(|(index, address)| (address.addr(), (index, address.prefix_len())))
            .collect();
        View { blocks, machines, names, dns: &plan.spec().dns, by_address }
    }

    /// The name of the machine that has the address.
    pub(super) fn name_of(&self, address: IpAddr) -> Option<&str> {
        let (index, _) = self.by_address.get(&address)?;
        self.machines.get(*index).map(|machine| machine.name.as_str())
    }

    /// The prefix length that the address is configured with.
    pub(super) fn prefix_of(&self, address: IpAddr) -> Option<u8> {
        self.by_address.get(&address).map(|(_, prefix)| *prefix)
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Machine> {
        self.machines.iter().filter(move |machine| machine.kind == kind)
    }
}

impl<'a> BlockView<'a> {
    fn of(plan: &AddressPlan, block: &'a BlockPlan) -> Self {
        BlockView {
            block: block.block(),
            provider: &block.profile().name,
            title: &block.profile().title,
            layout: &block.layout().name,
            ranges: block.ranges(),
            gateway: plan.gateway_of(block),
            next_hop: block.next_hop(),
        }
    }
}

/// ESXi's own addresses. Its gateway is the provider's.
fn esxi(plan: &AddressPlan) -> Vec<GuestAddress> {
    let address = |block: &BlockPlan| {
        let address = IpNet::new(block.management()?, block.prefix()).ok()?;
        Some(GuestAddress { address, gateway: block.gateway(), on_link: false })
    };
    plan.blocks().iter().filter_map(address).collect()
}

impl Machine {
    /// The addresses, first the one to reach it by: an IPv4 address with a gateway, else any with a gateway.
    pub(super) fn by_use(&self) -> Vec<&GuestAddress> {
        let mut addresses: Vec<_> = self.addresses.iter().collect();
        addresses.sort_by_key(|a| (a.gateway.is_none(), a.address.addr().is_ipv6()));
        addresses
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}
