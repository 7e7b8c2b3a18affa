//! The state of a host as the installer leaves it.

use super::*;
use crate::diag::{Diagnostic, codes};

/// A network card for [`factory`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactoryNic {
    /// Address.
    pub mac: MacAddr,
    /// Carrier.
    #[serde(default = "yes")]
    pub link_up: bool,
}

fn yes() -> bool {
    true
}

/// A freshly installed host: vSwitch0 with the first card, `Management Network` with its own teaming override,
/// `VM Network`, and vmk0 by DHCP without a lease.
///
/// Source: a host dump in govmomi's `host_config_info.go` (verified): `Management Network` carries its own
/// policy and order, so that changing vSwitch0's failover policy does not move management.
///
/// ```
/// use esxi_core::state::{factory, FactoryNic};
/// let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
/// let host = factory("6.5".parse()?, &[nic]);
/// assert!(host.port_groups["Management Network"].teaming.known().unwrap().order.is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn factory(version: EsxiVersion, nics: &[FactoryNic]) -> HostState {
    let cards = cards(nics);
    let first = cards.keys().next().cloned();
    made(version, cards, first, &KickstartNetwork::default())
}

/// A host as a kickstart's `network` command leaves it: the card it names under vSwitch0 and in the order of
/// `Management Network`, that port group on its VLAN, vmk0 with the address, the default route and the name servers,
/// `VM Network` only where it is asked for.
///
/// Without `--device` the card is the first with a link, else the first: the installer's own choice when it was not
/// booted over the network. That the VLAN is that of `Management Network` alone is believed.
///
/// # Errors
/// [`KICKSTART_NETWORK`](codes::KICKSTART_NETWORK) when the card it names is not among `nics`.
///
/// ```
/// use esxi_core::state::{FactoryNic, KickstartNetwork, installed};
/// let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"].map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
/// let (network, _) = KickstartNetwork::parse("network --bootproto=dhcp --device=vmnic1 --vlanid=20");
/// let host = installed("8.0".parse()?, &nics, &network).unwrap();
/// assert!(host.vswitches["vSwitch0"].uplinks.contains("vmnic1"));
/// assert_eq!(host.port_groups["Management Network"].vlan.get(), 20);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn installed(
    version: EsxiVersion,
    nics: &[FactoryNic],
    network: &KickstartNetwork,
) -> Result<HostState, Box<Diagnostic>> {
    let cards = cards(nics);
    let card = match &network.device {
        None => {
            let linked = nics.iter().position(|nic| nic.link_up).unwrap_or(0);
            (!nics.is_empty()).then(|| name(&format!("vmnic{linked}")))
        }
        Some(device) => {
            let named = |(name, nic): &(&VmnicName, &Nic)| match device {
                KickstartDevice::Vmnic(vmnic) => *name == vmnic,
                KickstartDevice::Mac(mac) => nic.mac == *mac,
            };
            let Some((name, _)) = cards.iter().find(named) else {
                let word = match device {
                    KickstartDevice::Vmnic(vmnic) => vmnic.to_string(),
                    KickstartDevice::Mac(mac) => mac.to_string(),
                };
                let message =
                    format!("--device={word} is not among the cards of the host: the installer stops");
                let known: Vec<String> =
                    cards.iter().map(|(name, nic)| format!("{name} {}", nic.mac)).collect();
                let help = format!("cards here: {}", known.join(", "));
                return Err(Box::new(Diagnostic::error(codes::KICKSTART_NETWORK, message).help(help)));
            };
            Some(name.clone())
        }
    };
    Ok(made(version, cards, card, network))
}

fn cards(nics: &[FactoryNic]) -> BTreeMap<VmnicName, Nic> {
    let card = |(index, nic): (usize, &FactoryNic)| {
        let card = Nic {
            mac: nic.mac,
            link_up: nic.link_up,
            speed_mbps: if nic.link_up { 10_000 } else { 0 },
            driver: "ixgben".into(),
            pci: format!("0000:{:02x}:00.0", index + 1),
            description: "Intel(R) 82599 10 Gigabit Dual Port Network Connection".into(),
        };
        (name(&format!("vmnic{index}")), card)
    };
    nics.iter().enumerate().map(card).collect()
}

/// What the installer makes with this card.
fn made(
    version: EsxiVersion,
    cards: BTreeMap<VmnicName, Nic>,
    card: Option<VmnicName>,
    network: &KickstartNetwork,
) -> HostState {
    let mac = card.as_ref().and_then(|card| cards.get(card)).map(|nic| nic.mac);
    let first: Vec<VmnicName> = card.into_iter().collect();
    let teaming =
        Teaming { order: FailoverOrder { active: first.clone(), standby: vec![] }, ..Teaming::default() };
    let own = TeamingOverride {
        load_balancing: Some(teaming.load_balancing),
        failure_detection: Some(teaming.failure_detection),
        notify_switches: Some(teaming.notify_switches),
        failback: Some(teaming.failback),
        order: Some(teaming.order.clone()),
    };
    let switch = VSwitch {
        ports: 128,
        mtu: Mtu::default(),
        cdp: Fact::Known(Cdp::Listen),
        uplinks: first.iter().cloned().collect(),
        teaming: Fact::Known(teaming),
        security: Fact::Known(Security::default()),
        shaping: Fact::Known(Shaping::default()),
    };
    let group = |teaming, vlan| PortGroup {
        vswitch: name("vSwitch0"),
        vlan,
        vm_ports: 0,
        teaming: Fact::Known(teaming),
        security: Fact::default(),
        shaping: Fact::default(),
    };
    let vmk = VmkAdapter {
        port_group: name("Management Network"),
        mac,
        mtu: Mtu::default(),
        enabled: true,
        netstack: NetstackName::default(),
        ipv4: Fact::Known(match network.address {
            Some(address) => Ipv4Config::Static { address, gateway: None },
            None => Ipv4Config::Dhcp { lease: None },
        }),
        ipv6: Ipv6Config { router_adv: version >= EsxiVersion::new(6, 5), ..Ipv6Config::default() },
        tags: BTreeSet::from([MANAGEMENT_TAG.to_owned()]),
    };
    let mut port_groups = BTreeMap::from([(name("Management Network"), group(own, network.vlan))]);
    if network.vm_network {
        port_groups.insert(name("VM Network"), group(TeamingOverride::default(), VlanId::UNTAGGED));
    }
    let default = |gateway: Ipv4Addr| Route {
        netstack: NetstackName::default(),
        network: IpNet::V4(Ipv4Net::default()),
        gateway: gateway.into(),
    };
    HostState {
        version,
        build: 0,
        nics: cards,
        vswitches: BTreeMap::from([(name("vSwitch0"), switch)]),
        port_groups,
        vmkernel: BTreeMap::from([(name("vmk0"), vmk)]),
        routes: network.gateway.map(default).into_iter().collect(),
        dns: Dns { servers: network.servers.clone(), search: Vec::new() },
        storage: Default::default(),
    }
}

/// A name written in this file, which is known to be well formed.
#[allow(clippy::expect_used, reason = "constants of this file, covered by its test")]
fn name<T: std::str::FromStr<Err = crate::value::NameError>>(text: &str) -> T {
    text.parse().expect("a well-formed name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_factory_host_without_cards_is_still_a_host() {
        let host = factory(EsxiVersion::new(8, 0), &[]);
        assert!(host.vswitches["vSwitch0"].uplinks.is_empty());
        assert_eq!(host.management_vmks().len(), 1);
    }

    #[test]
    fn the_kickstarts_network_is_the_hosts() {
        let nic = |last, link_up| FactoryNic { mac: MacAddr([12, 196, 122, 0, 0, last]), link_up };
        let nics = [nic(0, false), nic(1, true)];
        let made = |command: &str| {
            let (network, found) = KickstartNetwork::parse(command);
            assert_eq!(found, []);
            installed(EsxiVersion::new(8, 0), &nics, &network)
        };
        let fixed = "network --bootproto=static --ip=192.0.2.10 --netmask=255.255.255.0 --gateway=192.0.2.1 \
                     --nameserver=192.0.2.53,192.0.2.54 --hostname=esx1 --vlanid=20 --addvmportgroup=0";
        let host = made(fixed).unwrap();
        // The first card has no link.
        assert!(host.vswitches["vSwitch0"].uplinks.contains("vmnic1"));
        assert_eq!(host.vmkernel["vmk0"].mac, Some(nics[1].mac));
        assert_eq!(host.vmkernel["vmk0"].ipv4_address().unwrap().to_string(), "192.0.2.10/24");
        assert_eq!(host.port_groups.len(), 1);
        assert_eq!(host.port_groups["Management Network"].vlan.get(), 20);
        let order = host.effective_teaming("Management Network").unwrap().order;
        assert_eq!(order.active, ["vmnic1"]);
        assert_eq!((host.routes.len(), host.dns.servers.len()), (1, 2));
        let by_mac = made("network --bootproto=dhcp --device=0C:C4:7A:00:00:00").unwrap();
        assert_eq!(by_mac, factory(EsxiVersion::new(8, 0), &nics));
        assert!(made("network --bootproto=dhcp --device=vmnic4").unwrap_err().to_string().contains("vmnic1"));
    }
}
