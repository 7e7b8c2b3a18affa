//! The state of a host as the installer leaves it.

use super::*;

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
    let cards: BTreeMap<VmnicName, Nic> = nics.iter().enumerate().map(card).collect();
    let first: Vec<VmnicName> = cards.keys().take(1).cloned().collect();
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
    let group = |teaming| PortGroup {
        vswitch: name("vSwitch0"),
        vlan: VlanId::UNTAGGED,
        vm_ports: 0,
        teaming: Fact::Known(teaming),
        security: Fact::default(),
        shaping: Fact::default(),
    };
    let vmk = VmkAdapter {
        port_group: name("Management Network"),
        mac: nics.first().map(|nic| nic.mac),
        mtu: Mtu::default(),
        enabled: true,
        netstack: NetstackName::default(),
        ipv4: Fact::Known(Ipv4Config::Dhcp { lease: None }),
        ipv6: Ipv6Config { router_adv: version >= EsxiVersion::new(6, 5), ..Ipv6Config::default() },
        tags: BTreeSet::from([MANAGEMENT_TAG.to_owned()]),
    };
    HostState {
        version,
        build: 0,
        nics: cards,
        vswitches: BTreeMap::from([(name("vSwitch0"), switch)]),
        port_groups: BTreeMap::from([
            (name("Management Network"), group(own)),
            (name("VM Network"), group(TeamingOverride::default())),
        ]),
        vmkernel: BTreeMap::from([(name("vmk0"), vmk)]),
        routes: BTreeSet::new(),
        dns: Dns::default(),
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
}
