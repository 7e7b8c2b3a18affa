//! From a plan to its virtual machines: what each has to be told.

use super::guest::{
    Behind, Guest, GuestAddress, GuestFormat, GuestMac, Router, RouterFormat, is_link_local, with_prefix,
};
use super::nearest::nearest;
use super::profile::{Delivery, GatewayRule, MacRule};
use super::{AddressPlan, BlockPlan, Role, link_local};
use crate::diag::{Diagnostic, codes};
use crate::value::{MacAddr, Mtu};
use ipnet::IpNet;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Port group of machines on the provider's wire: the one that an ESXi installation makes.
pub const OUTSIDE_PORT_GROUP: &str = "VM Network";
/// Port group of machines behind a router virtual machine, on a vSwitch without uplinks.
pub const INSIDE_PORT_GROUP: &str = "Isolated";
/// Gateway of machines whose addresses are host routes behind the router virtual machine: an address of its inner card
/// that no provider hands out and that every guest accepts as a gateway on the link.
pub const INNER_GATEWAY: Ipv4Addr = Ipv4Addr::new(172, 31, 1, 1);
/// The same for IPv6.
pub const INNER_GATEWAY6: Ipv6Addr = Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1);

/// How the machines of a block configure their addresses.
#[derive(Clone, Copy)]
struct Addressing {
    /// One of the block's family.
    prefix: u8,
    gateway: Option<IpAddr>,
}

/// What the machines of a block have in common beside their addresses.
#[derive(Clone, Copy)]
struct Common {
    port_group: Option<&'static str>,
    mtu: Option<Mtu>,
}

impl Addressing {
    fn of(self, address: IpAddr) -> GuestAddress {
        let guest = GuestAddress::new(with_prefix(address, self.prefix));
        self.gateway.map_or(guest, |gateway| guest.gateway(gateway))
    }
}

impl BlockPlan {
    pub(super) fn gateway_rule(&self) -> GatewayRule {
        self.layout().gateway.unwrap_or(self.allocation().gateway)
    }

    fn is_ipv4(&self) -> bool {
        self.block().first().is_ipv4()
    }
}

impl AddressPlan {
    /// Default gateway of the machines in a block; `None` where there is none or it is not known.
    pub fn gateway_of(&self, block: &BlockPlan) -> Option<IpAddr> {
        if let Some(stated) = block.spec().gateway {
            return Some(stated);
        }
        match block.gateway_rule() {
            GatewayRule::InBlock => block.gateway(),
            GatewayRule::SameAsManagement => self.management_gateway(),
            GatewayRule::RouterVm => block.router().or(Some(match block.is_ipv4() {
                true => INNER_GATEWAY.into(),
                false => INNER_GATEWAY6.into(),
            })),
            GatewayRule::None => None,
            GatewayRule::Fixed(address) => Some(address),
            GatewayRule::MainOctet(last) => match self.main()?.management()? {
                IpAddr::V4(main) => {
                    let [a, b, c, _] = main.octets();
                    Some(Ipv4Addr::new(a, b, c, last).into())
                }
                IpAddr::V6(_) => None,
            },
        }
    }

    /// How the machines of a block configure their addresses.
    fn addressing(&self, block: &BlockPlan) -> Addressing {
        let gateway = self.gateway_of(block);
        let inside = gateway.is_none_or(|gateway| block.block().contains(gateway));
        let link_local = gateway.is_some_and(is_link_local);
        let single = if block.is_ipv4() { 32 } else { 128 };
        let known = gateway.is_some() || block.gateway_rule() == GatewayRule::None;
        // A link-local gateway is in no block: on a wire the guest's subnet is the block all the same.
        let wire = matches!(block.allocation().delivery, Delivery::Bridged | Delivery::Vlan);
        let subnet = (inside && known) || (link_local && wire);
        let prefix = if subnet { block.prefix() } else { single };
        Addressing { prefix, gateway }
    }

    /// The virtual machines by name, in the order in which the blocks name them first.
    pub fn guests(&self) -> Vec<Guest> {
        let mut guests: Vec<Guest> = Vec::new();
        let mut places: HashMap<String, usize> = HashMap::new();
        for block in self.blocks() {
            let noted: HashMap<&str, MacAddr> = block
                .spec()
                .assign
                .iter()
                .filter_map(|entry| Some((entry.name.as_str(), entry.mac?)))
                .collect();
            // Both look for roles among all ranges of the block: once for each would be quadratic.
            let (addressing, common) = (self.addressing(block), self.common(block));
            for range in block.ranges().iter().filter(|range| range.role == Role::Assigned) {
                let Some(name) = &range.name else { continue };
                let mac = mac_of(block, noted.get(name.as_str()).copied());
                let address = addressing.of(range.first);
                // The same name in a block of the other family is the same machine.
                let place = *places.entry(name.to_ascii_lowercase()).or_insert(guests.len());
                match guests.get_mut(place) {
                    Some(guest) => {
                        guest.addresses.push(address);
                        if guest.mac == GuestMac::Any || matches!(mac, GuestMac::Fixed(_)) {
                            guest.mac = mac;
                        }
                    }
                    None => guests.push(Guest {
                        name: name.to_owned(),
                        port_group: common.port_group.map(str::to_owned),
                        mac,
                        addresses: vec![address],
                        dns: self.spec().dns.clone(),
                        mtu: common.mtu,
                    }),
                }
            }
        }
        guests
    }

    /// The virtual machine of this name, in capitals or not.
    ///
    /// # Errors
    /// None has the name; the nearest is offered.
    pub fn guest(&self, name: &str) -> Result<Guest, Box<Diagnostic>> {
        let mut guests = self.guests();
        if let Some(at) = guests.iter().position(|guest| guest.name.eq_ignore_ascii_case(name)) {
            return Ok(guests.swap_remove(at));
        }
        let found = format!("no virtual machine of this plan is called {name:?}");
        let found = Diagnostic::error(codes::NO_MACHINE, found);
        let known: Vec<&str> = guests.iter().map(|guest| guest.name.as_str()).collect();
        Err(Box::new(match known.is_empty() {
            true => found.help("give it an address first: no name has one"),
            false => nearest(found, name, &known),
        }))
    }

    /// What the machines of a block have in common beside their addresses.
    fn common(&self, block: &BlockPlan) -> Common {
        let delivery = block.allocation().delivery;
        let port_group = match delivery {
            _ if is_behind(block) => Some(INSIDE_PORT_GROUP),
            Delivery::Bridged | Delivery::BridgedVmac => Some(OUTSIDE_PORT_GROUP),
            // A VLAN has a port group of its own, whose name is the user's.
            Delivery::Routed | Delivery::Vlan | Delivery::Nat => None,
        };
        let narrow = self.profile().l2.as_ref().and_then(|l2| l2.mtu).filter(|mtu| mtu.get() < 1500);
        Common { port_group, mtu: narrow.filter(|_| delivery == Delivery::Vlan) }
    }

    /// The router virtual machine, where a layout has one or a block is routed to one.
    pub fn router(&self) -> Option<Router> {
        let behind: Vec<Behind> =
            self.blocks().iter().filter(|b| is_behind(b)).map(|block| self.behind(block)).collect();
        let mut outside: Vec<GuestAddress> = Vec::new();
        let mut mac = GuestMac::Any;
        for block in self.blocks().iter().filter(|b| b.allocation().delivery != Delivery::Routed) {
            let Some(address) = block.router() else { continue };
            outside.push(self.addressing(block).of(address));
            if mac == GuestMac::Any {
                mac = mac_of(block, self.spec().router_mac);
            }
        }
        if let Some(own) = self.spec().router_mac {
            mac = GuestMac::Fixed(own);
            let link = self.blocks().iter().find(|b| b.next_hop() == Some(link_local(own).into()));
            if let Some(block) = link {
                let gateway = match block.allocation().gateway {
                    GatewayRule::Fixed(gateway) => Some(gateway),
                    _ => None,
                };
                let address = IpNet::new(link_local(own).into(), 64).ok();
                outside.extend(address.map(|address| GuestAddress { address, gateway, on_link: false }));
            }
        }
        (!outside.is_empty() || !behind.is_empty()).then(|| Router {
            mac,
            outside,
            outside_port_group: OUTSIDE_PORT_GROUP.to_owned(),
            inside_port_group: INSIDE_PORT_GROUP.to_owned(),
            behind,
            dns: self.spec().dns.clone(),
        })
    }

    /// A virtual machine's network configuration in the format of this name, as text to paste; its card has the
    /// format's usual name unless another is stated.
    ///
    /// # Errors
    /// No virtual machine has the name, there is no such format, or no such card in it.
    pub fn guest_config(
        &self,
        name: &str,
        format: &str,
        card: Option<&str>,
    ) -> Result<String, Box<Diagnostic>> {
        let guest = self.guest(name)?;
        let format: GuestFormat = format.parse().map_err(found)?;
        guest.snippet_for(format, card.unwrap_or(format.default_card())).map_err(found)
    }

    /// The router virtual machine's configuration in the format of this name, as text to paste; its outer and inner
    /// card have the format's usual names unless others are stated.
    ///
    /// # Errors
    /// The plan has no router virtual machine, there is no such format, or no such card in it.
    pub fn router_config(&self, format: &str, cards: Option<[&str; 2]>) -> Result<String, Box<Diagnostic>> {
        let Some(router) = self.router() else {
            let found = Diagnostic::error(codes::NO_MACHINE, "this plan has no router virtual machine");
            return Err(Box::new(found.help("take a layout that has one, such as router-vm")));
        };
        let format: RouterFormat = format.parse().map_err(found)?;
        let [outer, inner] = cards.unwrap_or(format.default_cards());
        router.snippet_for(format, outer, inner).map_err(found)
    }

    fn behind(&self, block: &BlockPlan) -> Behind {
        let single = || match block.is_ipv4() {
            true => IpNet::from(IpAddr::from(INNER_GATEWAY)),
            false => IpNet::from(IpAddr::from(INNER_GATEWAY6)),
        };
        let own = block.router().and_then(|router| IpNet::new(router, block.prefix()).ok());
        Behind { block: block.block(), inner: own.unwrap_or_else(single), subnet: own.is_some() }
    }
}

fn found(error: impl Into<Diagnostic>) -> Box<Diagnostic> {
    Box::new(error.into())
}

/// Routed blocks lie behind the router virtual machine, unless ESXi itself answers in them.
fn is_behind(block: &BlockPlan) -> bool {
    block.allocation().delivery == Delivery::Routed && block.management().is_none()
}

fn mac_of(block: &BlockPlan, noted: Option<MacAddr>) -> GuestMac {
    match (noted, block.allocation().mac) {
        (Some(mac), _) => GuestMac::Fixed(mac),
        (None, MacRule::PerAddress) => GuestMac::Ordered,
        (None, _) => GuestMac::Any,
    }
}
