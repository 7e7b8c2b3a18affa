//! Executing a [`Command`] on a [`HostState`], as ESXi would.
//!
//! What is only believed of ESXi's behaviour stands in one function each: [`place_new_uplink`],
//! [`drop_unreachable_routes`], [`add_route`].

use super::{Command, FailoverSet, SecuritySet};
use crate::state::{
    Fact, FailoverOrder, HostState, Ipv4Config, Ipv6Config, PortGroup, Route, Security, SecurityOverride,
    Teaming, TeamingOverride, VSwitch, VmkAdapter,
};
use crate::value::{MacAddr, PortGroupName, SwitchName, VmkName, VmnicName};
use crate::version::EsxiVersion;
use std::collections::BTreeSet;

/// What ESXi answers when it refuses; `Display` is its sentence, which `esxcli` prints on standard output with
/// exit status 1.
///
/// Verified wordings: the first seven. The others are believed to be the long `Sysinfo` form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExecError {
    /// The vSwitch name is taken.
    #[error("A portset with this name already exists")]
    VswitchExists,
    /// The port group name is taken.
    #[error("A portgroup with the name {0} already exists")]
    PortGroupExists(PortGroupName),
    /// No such card in the host.
    #[error("Unable to Set: Not a valid pnic: {0}")]
    NotAPnic(VmnicName),
    /// The card is attached to another vSwitch.
    #[error("Unable to Set: Busy")]
    UplinkBusy,
    /// The card is attached to this vSwitch already.
    #[error("Uplink already exists: {0}")]
    UplinkExists(VmnicName),
    /// The card is not attached to this vSwitch.
    #[error("No such uplink: {0}")]
    NoSuchUplink(VmnicName),
    /// The port group has an adapter already.
    #[error("A vmkernel nic for the connection point already exists")]
    ConnectionPointTaken,
    /// Tagged already.
    #[error("Vmknic is already tagged with {0}")]
    TagExists(String),
    /// Not tagged.
    #[error("Error removing tag {tag} from interface {vmk} Vmknic is not tagged with {tag}")]
    TagMissing {
        /// Adapter.
        vmk: VmkName,
        /// Tag.
        tag: String,
    },
    /// The kernel refused.
    #[error(
        "Unable to {what}: Unable to complete Sysinfo operation.  Please see the VMkernel log file for more \
         details.: Sysinfo error: {status}See VMkernel log for details."
    )]
    Sysinfo {
        /// What was tried.
        what: String,
        /// `Not found`, `Busy`, `Bad parameter`, `Already exists`.
        status: &'static str,
    },
}

fn sysinfo(what: impl Into<String>, status: &'static str) -> ExecError {
    ExecError::Sysinfo { what: what.into(), status }
}

/// Executes one command. On an error the state is as it was.
///
/// # Errors
/// What ESXi would refuse: see [`ExecError`].
///
/// ```
/// use esxi_core::command::{apply, Command};
/// use esxi_core::state::{factory, FactoryNic};
/// let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"]
///     .map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
/// let mut host = factory("7.0".parse()?, &nics);
/// let add = Command::UplinkAdd { vswitch: "vSwitch0".parse()?, uplink: "vmnic1".parse()? };
/// apply(&mut host, &add)?;
/// assert_eq!(apply(&mut host, &add).unwrap_err().to_string(), "Uplink already exists: vmnic1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn apply(host: &mut HostState, command: &Command) -> Result<(), ExecError> {
    match command {
        Command::VswitchAdd { vswitch, ports } => add_vswitch(host, vswitch, *ports),
        Command::VswitchRemove { vswitch } => remove_vswitch(host, vswitch),
        Command::VswitchSet { vswitch, mtu, cdp } => {
            let switch = switch_mut(host, vswitch)?;
            if let Some(mtu) = mtu {
                switch.mtu = *mtu;
            }
            if let Some(cdp) = cdp {
                switch.cdp = Fact::Known(*cdp);
            }
            Ok(())
        }
        Command::UplinkAdd { vswitch, uplink } => add_uplink(host, vswitch, uplink),
        Command::UplinkRemove { vswitch, uplink } => remove_uplink(host, vswitch, uplink),
        Command::VswitchFailover { vswitch, set } => {
            let switch = switch_mut(host, vswitch)?;
            check_attached(&switch.uplinks, set)?;
            set_teaming(&mut switch.teaming, set);
            Ok(())
        }
        Command::VswitchSecurity { vswitch, set } => {
            set_security(&mut switch_mut(host, vswitch)?.security, set);
            Ok(())
        }
        Command::VswitchShaping { vswitch, shaping } => {
            switch_mut(host, vswitch)?.shaping = Fact::Known(*shaping);
            Ok(())
        }
        Command::PortGroupAdd { vswitch, port_group } => add_port_group(host, vswitch, port_group),
        Command::PortGroupRemove { vswitch, port_group } => remove_port_group(host, vswitch, port_group),
        Command::PortGroupVlan { port_group, vlan } => {
            group_mut(host, port_group)?.vlan = *vlan;
            Ok(())
        }
        Command::PortGroupFailover { port_group, reset, set } => {
            let vswitch = group_mut(host, port_group)?.vswitch.clone();
            check_attached(&switch_mut(host, &vswitch)?.uplinks, set)?;
            set_teaming_override(&mut group_mut(host, port_group)?.teaming, *reset, set);
            Ok(())
        }
        Command::PortGroupSecurity { port_group, reset, set } => {
            set_security_override(&mut group_mut(host, port_group)?.security, *reset, set);
            Ok(())
        }
        Command::PortGroupShaping { port_group, shaping } => {
            group_mut(host, port_group)?.shaping = Fact::Known(*shaping);
            Ok(())
        }
        Command::VmkAdd { vmk, port_group, mac, mtu, netstack } => {
            let adapter = VmkAdapter {
                port_group: port_group.clone(),
                mac: *mac,
                mtu: mtu.unwrap_or_default(),
                enabled: true,
                netstack: netstack.clone().unwrap_or_default(),
                ipv4: Fact::Known(Ipv4Config::None),
                ipv6: Ipv6Config {
                    router_adv: host.version >= EsxiVersion::new(6, 5),
                    ..Ipv6Config::default()
                },
                tags: BTreeSet::new(),
            };
            add_vmk(host, vmk, adapter)
        }
        Command::VmkRemove { vmk } => {
            host.vmkernel.remove(vmk).ok_or_else(|| sysinfo("remove interface", "Not found"))?;
            drop_unreachable_routes(host);
            Ok(())
        }
        Command::VmkSet { vmk, mtu, enabled } => {
            let adapter = vmk_mut(host, vmk)?;
            adapter.mtu = mtu.unwrap_or(adapter.mtu);
            adapter.enabled = enabled.unwrap_or(adapter.enabled);
            Ok(())
        }
        Command::VmkIpv4 { vmk, ipv4 } => {
            vmk_mut(host, vmk)?.ipv4 = Fact::Known(ipv4.clone());
            drop_unreachable_routes(host);
            Ok(())
        }
        Command::VmkIpv6 { vmk, router_adv, dhcp } => {
            let ipv6 = &mut vmk_mut(host, vmk)?.ipv6;
            ipv6.router_adv = router_adv.unwrap_or(ipv6.router_adv);
            ipv6.dhcp = dhcp.unwrap_or(ipv6.dhcp);
            Ok(())
        }
        Command::VmkIpv6Add { vmk, address } => {
            if vmk_mut(host, vmk)?.ipv6.addresses.insert(*address) {
                Ok(())
            } else {
                Err(sysinfo("add IPv6 address", "Already exists"))
            }
        }
        Command::VmkIpv6Remove { vmk, address } => {
            if !vmk_mut(host, vmk)?.ipv6.addresses.remove(address) {
                return Err(sysinfo("remove IPv6 address", "Not found"));
            }
            drop_unreachable_routes(host);
            Ok(())
        }
        Command::VmkTagAdd { vmk, tag } => {
            if vmk_mut(host, vmk)?.tags.insert(tag.clone()) {
                Ok(())
            } else {
                Err(ExecError::TagExists(tag.clone()))
            }
        }
        Command::VmkTagRemove { vmk, tag } => {
            if vmk_mut(host, vmk)?.tags.remove(tag) {
                Ok(())
            } else {
                Err(ExecError::TagMissing { vmk: vmk.clone(), tag: tag.clone() })
            }
        }
        Command::RouteAdd { route } => add_route(host, route),
        Command::RouteRemove { route } => {
            if host.routes.remove(route) {
                Ok(())
            } else {
                Err(sysinfo("remove route", "Not found"))
            }
        }
        Command::DnsServerAdd { server } => push_new(&mut host.dns.servers, server, "add DNS server"),
        Command::DnsServerRemove { server } => take_out(&mut host.dns.servers, server, "remove DNS server"),
        Command::DnsSearchAdd { domain } => push_new(&mut host.dns.search, domain, "add DNS search domain"),
        Command::DnsSearchRemove { domain } => {
            take_out(&mut host.dns.search, domain, "remove DNS search domain")
        }
    }
}

/// States the command may leave instead of the one [`apply`] predicts, where ESXi's behaviour is only believed.
/// A step is safe only if management answers in all of them.
///
/// Attaching a card: `place_new_uplink` has it unused; a host might make it active.
pub fn alternatives(after: &HostState, command: &Command) -> Vec<HostState> {
    let Command::UplinkAdd { vswitch, uplink } = command else { return Vec::new() };
    let mut other = after.clone();
    let Some(switch) = other.vswitches.get_mut(vswitch) else { return Vec::new() };
    let Fact::Known(teaming) = &mut switch.teaming else { return Vec::new() };
    if teaming.order.members().any(|name| name == uplink) {
        return Vec::new();
    }
    teaming.order.active.push(uplink.clone());
    vec![other]
}

fn switch_mut<'a>(host: &'a mut HostState, name: &str) -> Result<&'a mut VSwitch, ExecError> {
    host.vswitches.get_mut(name).ok_or_else(|| sysinfo(format!("find vSwitch {name}"), "Not found"))
}

fn group_mut<'a>(host: &'a mut HostState, name: &str) -> Result<&'a mut PortGroup, ExecError> {
    host.port_groups.get_mut(name).ok_or_else(|| sysinfo(format!("find portgroup {name}"), "Not found"))
}

fn vmk_mut<'a>(host: &'a mut HostState, name: &str) -> Result<&'a mut VmkAdapter, ExecError> {
    host.vmkernel.get_mut(name).ok_or_else(|| sysinfo(format!("find interface {name}"), "Not found"))
}

fn add_vswitch(host: &mut HostState, name: &SwitchName, ports: Option<u32>) -> Result<(), ExecError> {
    if host.vswitches.contains_key(name) {
        return Err(ExecError::VswitchExists);
    }
    host.vswitches.insert(name.clone(), VSwitch::new(ports.unwrap_or(128)));
    Ok(())
}

fn remove_vswitch(host: &mut HostState, name: &SwitchName) -> Result<(), ExecError> {
    switch_mut(host, name)?;
    let busy = host
        .port_groups_of(name)
        .any(|(group_name, group)| group.vm_ports > 0 || host.vmk_on(group_name).is_some());
    if busy {
        return Err(sysinfo(format!("remove vSwitch {name}"), "Busy"));
    }
    host.port_groups.retain(|_, group| group.vswitch != *name);
    host.vswitches.remove(name);
    Ok(())
}

fn add_uplink(host: &mut HostState, vswitch: &SwitchName, uplink: &VmnicName) -> Result<(), ExecError> {
    switch_mut(host, vswitch)?;
    if !host.nics.contains_key(uplink) {
        return Err(ExecError::NotAPnic(uplink.clone()));
    }
    match host.vswitch_of_uplink(uplink) {
        Some(holder) if holder == vswitch => return Err(ExecError::UplinkExists(uplink.clone())),
        Some(_) => return Err(ExecError::UplinkBusy),
        None => {}
    }
    let switch = switch_mut(host, vswitch)?;
    let first = switch.uplinks.is_empty();
    switch.uplinks.insert(uplink.clone());
    place_new_uplink(&mut switch.teaming, uplink, first);
    Ok(())
}

/// Where a newly attached card stands in the failover order: the first one of a vSwitch is active, later ones
/// are unused until `policy failover set` names them (a field note; believed). See [`alternatives`].
fn place_new_uplink(teaming: &mut Fact<Teaming>, uplink: &VmnicName, first: bool) {
    if let (Fact::Known(teaming), true) = (teaming, first) {
        teaming.order = FailoverOrder { active: vec![uplink.clone()], standby: Vec::new() };
    }
}

fn remove_uplink(host: &mut HostState, vswitch: &SwitchName, uplink: &VmnicName) -> Result<(), ExecError> {
    let switch = switch_mut(host, vswitch)?;
    if !switch.uplinks.remove(uplink) {
        return Err(ExecError::NoSuchUplink(uplink.clone()));
    }
    if let Fact::Known(teaming) = &mut switch.teaming {
        teaming.order.remove(uplink);
    }
    for group in host.port_groups.values_mut().filter(|group| group.vswitch == *vswitch) {
        if let Fact::Known(TeamingOverride { order: Some(order), .. }) = &mut group.teaming {
            order.remove(uplink);
        }
    }
    Ok(())
}

/// An uplink named in a failover order must be attached (believed).
fn check_attached(uplinks: &BTreeSet<VmnicName>, set: &FailoverSet) -> Result<(), ExecError> {
    let Some(order) = &set.order else { return Ok(()) };
    match order.members().find(|name| !uplinks.contains(*name)) {
        Some(_) => Err(sysinfo("set failover policy", "Bad parameter")),
        None => Ok(()),
    }
}

fn set_teaming(teaming: &mut Fact<Teaming>, set: &FailoverSet) {
    let complete = || {
        Some(Teaming {
            load_balancing: set.load_balancing?,
            failure_detection: set.failure_detection?,
            notify_switches: set.notify_switches?,
            failback: set.failback?,
            order: set.order.clone()?,
        })
    };
    match teaming {
        Fact::Known(now) => {
            now.load_balancing = set.load_balancing.unwrap_or(now.load_balancing);
            now.failure_detection = set.failure_detection.unwrap_or(now.failure_detection);
            now.notify_switches = set.notify_switches.unwrap_or(now.notify_switches);
            now.failback = set.failback.unwrap_or(now.failback);
            if let Some(order) = &set.order {
                now.order = order.clone();
            }
        }
        Fact::Unknown(_) => {
            if let Some(all) = complete() {
                *teaming = Fact::Known(all);
            }
        }
    }
}

fn set_teaming_override(teaming: &mut Fact<TeamingOverride>, reset: bool, set: &FailoverSet) {
    if reset {
        *teaming = Fact::Known(TeamingOverride::default());
    }
    let Fact::Known(now) = teaming else { return };
    now.load_balancing = set.load_balancing.or(now.load_balancing);
    now.failure_detection = set.failure_detection.or(now.failure_detection);
    now.notify_switches = set.notify_switches.or(now.notify_switches);
    now.failback = set.failback.or(now.failback);
    if set.order.is_some() {
        now.order = set.order.clone();
    }
}

fn set_security(security: &mut Fact<Security>, set: &SecuritySet) {
    match security {
        Fact::Known(now) => {
            now.promiscuous = set.promiscuous.unwrap_or(now.promiscuous);
            now.mac_changes = set.mac_changes.unwrap_or(now.mac_changes);
            now.forged_transmits = set.forged_transmits.unwrap_or(now.forged_transmits);
        }
        Fact::Unknown(_) => {
            if let (Some(promiscuous), Some(mac_changes), Some(forged_transmits)) =
                (set.promiscuous, set.mac_changes, set.forged_transmits)
            {
                *security = Fact::Known(Security { promiscuous, mac_changes, forged_transmits });
            }
        }
    }
}

fn set_security_override(security: &mut Fact<SecurityOverride>, reset: bool, set: &SecuritySet) {
    if reset {
        *security = Fact::Known(SecurityOverride::default());
    }
    let Fact::Known(now) = security else { return };
    now.promiscuous = set.promiscuous.or(now.promiscuous);
    now.mac_changes = set.mac_changes.or(now.mac_changes);
    now.forged_transmits = set.forged_transmits.or(now.forged_transmits);
}

fn add_port_group(host: &mut HostState, vswitch: &SwitchName, name: &PortGroupName) -> Result<(), ExecError> {
    switch_mut(host, vswitch)?;
    if host.port_groups.contains_key(name) {
        return Err(ExecError::PortGroupExists(name.clone()));
    }
    host.port_groups.insert(name.clone(), PortGroup::new(vswitch.clone()));
    Ok(())
}

fn remove_port_group(
    host: &mut HostState,
    vswitch: &SwitchName,
    name: &PortGroupName,
) -> Result<(), ExecError> {
    let what = || format!("remove portgroup {name}");
    let group = host.port_groups.get(name).filter(|group| group.vswitch == *vswitch);
    let group = group.ok_or_else(|| sysinfo(what(), "Not found"))?;
    if group.vm_ports > 0 || host.vmk_on(name).is_some() {
        return Err(sysinfo(what(), "Busy"));
    }
    host.port_groups.remove(name);
    Ok(())
}

fn add_vmk(host: &mut HostState, name: &VmkName, adapter: VmkAdapter) -> Result<(), ExecError> {
    if host.vmkernel.contains_key(name) {
        return Err(sysinfo("add interface", "Already exists"));
    }
    let group = host.port_groups.get(&adapter.port_group);
    let group = group.ok_or_else(|| sysinfo("add interface", "Not found"))?;
    if host.vmk_on(&adapter.port_group).is_some() {
        return Err(ExecError::ConnectionPointTaken);
    }
    if group.vm_ports > 0 {
        // A port group in use by a virtual machine cannot take a vmkernel adapter.
        return Err(sysinfo("add interface", "Busy"));
    }
    host.vmkernel.insert(name.clone(), adapter);
    Ok(())
}

/// Adds a route. A default route replaces the one of its family and stack (believed); another route to the same
/// network by the same gateway is refused.
fn add_route(host: &mut HostState, route: &Route) -> Result<(), ExecError> {
    if !on_link(host, route) {
        return Err(sysinfo("add route", "Bad parameter"));
    }
    if host.routes.contains(route) {
        return Err(sysinfo("add route", "Already exists"));
    }
    if route.is_default() {
        host.routes.retain(|other| other.netstack != route.netstack || other.network != route.network);
    }
    host.routes.insert(route.clone());
    Ok(())
}

/// The gateway lies in a subnet of an adapter of the stack (KB 343820; an IPv6 link-local gateway always does).
fn on_link(host: &HostState, route: &Route) -> bool {
    if let std::net::IpAddr::V6(gateway) = route.gateway
        && gateway.is_unicast_link_local()
    {
        return true;
    }
    host.vmkernel
        .values()
        .filter(|vmk| vmk.netstack == route.netstack)
        .any(|vmk| vmk.addresses().any(|net| net.contains(&route.gateway)))
}

/// Routes whose gateway no adapter can reach any more disappear with the adapter or its address. Verified for
/// the removal of an adapter (Packet guide); believed for a change of address. Plans remove such routes
/// themselves first, so that they hold on a host that keeps them.
fn drop_unreachable_routes(host: &mut HostState) {
    let kept = host.routes.iter().filter(|route| on_link(host, route)).cloned().collect();
    host.routes = kept;
}

fn push_new<T: PartialEq + Clone>(list: &mut Vec<T>, value: &T, what: &str) -> Result<(), ExecError> {
    if list.contains(value) {
        return Err(sysinfo(what, "Already exists"));
    }
    list.push(value.clone());
    Ok(())
}

fn take_out<T: PartialEq>(list: &mut Vec<T>, value: &T, what: &str) -> Result<(), ExecError> {
    let at = list.iter().position(|item| item == value).ok_or_else(|| sysinfo(what, "Not found"))?;
    list.remove(at);
    Ok(())
}

/// MAC address that ESXi gives an adapter for which none was asked: VMware's prefix and what identifies the
/// adapter. Only the simulated host uses it; a real one draws its own.
pub fn assigned_mac(host: &HostState, vmk: &str) -> MacAddr {
    let seed = host.nics.values().next().map_or([0; 6], |nic| nic.mac.0);
    let number: u8 = vmk.trim_start_matches("vmk").parse().unwrap_or(0);
    MacAddr([0x00, 0x50, 0x56, 0x60 | (seed[4] & 0x0f), seed[5], number])
}
