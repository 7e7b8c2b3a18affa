//! `iscsi networkportal` and `logicalnetworkportal`: vmkernel adapters for iSCSI.

use super::{Iscsi, one, one_mut, rows};
use crate::model::family::{Answer, Reply};
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::storage::wording;
use crate::model::value::{Structure, Value};
use crate::state::{Nic, VmkAdapter};

pub(super) fn run(machine: &mut Machine, path: &str, call: &Invocation) -> Option<Reply> {
    Some(match path {
        "networkportal list" => rows(machine, call, |iscsi| {
            iscsi.portals.iter().filter_map(|vmk| portal(machine, iscsi, vmk)).collect()
        }),
        "logicalnetworkportal list" => rows(machine, call, |iscsi| candidates(machine, iscsi)),
        "networkportal add" => add(machine, call),
        "networkportal remove" => remove(machine, call),
        _ => return None,
    })
}

fn uplink<'a>(machine: &'a Machine, vmk: &VmkAdapter) -> (String, Option<&'a Nic>) {
    let state = &machine.state;
    let vswitch = state.port_groups.get(&vmk.port_group).map(|group| group.vswitch.clone());
    let switch = vswitch.as_ref().and_then(|name| state.vswitches.get(name));
    let nic = switch.and_then(|switch| switch.uplinks.iter().next()).and_then(|name| state.nics.get(name));
    (vswitch.map(|name| name.to_string()).unwrap_or_default(), nic)
}

/// Labels and order verified (5.x).
fn portal(machine: &Machine, iscsi: &Iscsi, name: &str) -> Option<Structure> {
    let vmk = machine.state.vmkernel.get(name)?;
    let vlan = machine.state.port_groups.get(&vmk.port_group).map_or(0, |group| group.vlan.get());
    let (vswitch, nic) = uplink(machine, vmk);
    let address = vmk.ipv4_address();
    let text = |value: Option<String>| value.unwrap_or_default();
    let link = nic.is_some_and(|nic| nic.link_up);
    Some(
        Structure::new("NetworkPortal")
            .under(iscsi.adapter.clone())
            .with("Adapter", iscsi.adapter.as_str())
            .with("Vmknic", name)
            .with("MAC Address", text(vmk.mac.map(|mac| mac.to_string())))
            .with("MAC Address Valid", vmk.mac.is_some())
            .with("IPv4", text(address.map(|net| net.addr().to_string())))
            .with("IPv4 Subnet Mask", text(address.map(|net| net.netmask().to_string())))
            .with("IPv6", "")
            .with("MTU", Value::Int(i64::from(vmk.mtu.get())))
            .with("Vlan Supported", true)
            .with("Vlan ID", Value::Int(i64::from(vlan)))
            .with("Reserved Ports", "63488~65536")
            .with("TOE", false)
            .with("TSO", true)
            .with("TCP Checksum", false)
            .with("Link Up", link)
            .with("Current Speed", Value::Int(nic.map_or(0, |nic| i64::from(nic.speed_mbps))))
            .with("Rx Packets", Value::Int(0))
            .with("Tx Packets", Value::Int(0))
            .with("NIC Driver", nic.map(|nic| nic.driver.clone()).unwrap_or_default())
            .with("NIC Driver Version", "")
            .with("NIC Firmware Version", "")
            .with("Compliant Status", "compliant")
            .with("NonCompliant Message", "")
            .with("NonCompliant Remedy", "")
            .with("Vswitch", vswitch)
            .with("PortGroup", vmk.port_group.to_string())
            .with("VswitchUuid", "")
            .with("PortGroupKey", "")
            .with("PortKey", "")
            .with("Duplex", "")
            .with("Path Status", if link { "active" } else { "unused" }),
    )
}

/// Columns by the index of 5.0.
fn candidates(machine: &Machine, iscsi: &Iscsi) -> Vec<Structure> {
    let row = |(name, vmk): (&crate::value::VmkName, &VmkAdapter)| {
        Structure::new("LogicalNetworkPortal")
            .with("Adapter", iscsi.adapter.as_str())
            .with("Vmknic", name.to_string())
            .with("MAC Address", vmk.mac.map(|mac| mac.to_string()).unwrap_or_default())
            .with("MAC Address Valid", vmk.mac.is_some())
            .with("Compliant", true)
    };
    machine.state.vmkernel.iter().map(row).collect()
}

/// Sentences are believed.
fn add(machine: &mut Machine, call: &Invocation) -> Reply {
    let name = call.get("nic").unwrap_or_default();
    one(machine, call)?;
    if !machine.state.vmkernel.contains_key(name) {
        return Err(wording::sysinfo(&format!("Unable to bind {name}"), "Not found"));
    }
    let iscsi = one_mut(&mut machine.storage, call)?;
    if iscsi.portals.iter().any(|vmk| vmk == name) {
        return Err(wording::sysinfo(&format!("Unable to bind {name}"), "Already exists"));
    }
    iscsi.portals.push(name.to_owned());
    Ok(Answer::Done)
}

fn remove(machine: &mut Machine, call: &Invocation) -> Reply {
    let name = call.get("nic").unwrap_or_default();
    let iscsi = one_mut(&mut machine.storage, call)?;
    let before = iscsi.portals.len();
    iscsi.portals.retain(|vmk| vmk != name);
    if iscsi.portals.len() == before {
        Err(wording::sysinfo(&format!("Unable to unbind {name}"), "Not found"))
    } else {
        Ok(Answer::Done)
    }
}
