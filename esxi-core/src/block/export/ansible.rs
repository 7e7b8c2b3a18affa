//! An inventory for Ansible.
//!
//! Groups carry `esxi_` in their names so that none is called like a machine. Of a machine: `ansible_host`, `prefix`,
//! `netmask` (IPv4), `gateway`, `gateway_on_link` (a route to the gateway itself comes first), `mac`, and further
//! addresses with the same keys under `further_addresses`.

use super::view::{Kind, Machine, View};
use super::yaml::Node;
use crate::block::guest::GuestAddress;
use std::net::IpAddr;

pub(super) fn write(view: &View<'_>) -> String {
    let groups = [("esxi_hosts", Kind::Esxi), ("esxi_routers", Kind::Router), ("esxi_guests", Kind::Guest)];
    let mut children = Vec::new();
    for (group, kind) in groups {
        let hosts: Vec<_> =
            view.of_kind(kind).map(|machine| (machine.name.clone(), variables(view, machine))).collect();
        if !hosts.is_empty() {
            children.push((group.to_owned(), map([("hosts", Node::Map(hosts))])));
        }
    }
    map([("all", map([("children", Node::Map(children))]))]).document()
}

fn variables(view: &View<'_>, machine: &Machine) -> Node {
    let mut all = machine.by_use();
    // The inner side of the router is the same machine.
    if machine.kind == Kind::Router {
        all.extend(view.of_kind(Kind::Inside).flat_map(|inside| &inside.addresses));
    }
    let mut fields = Vec::new();
    let mut all = all.into_iter();
    if let Some(first) = all.next() {
        fields.extend(address(first, "ansible_host"));
    }
    if let Some(mac) = machine.mac {
        fields.push(("mac".to_owned(), Node::text(mac)));
    }
    let further: Vec<_> = all.map(|one| Node::Map(address(one, "address"))).collect();
    if !further.is_empty() {
        fields.push(("further_addresses".to_owned(), Node::List(further)));
    }
    Node::Map(fields)
}

fn address(of: &GuestAddress, key: &str) -> Vec<(String, Node)> {
    let mut fields = vec![
        (key.to_owned(), Node::text(of.address.addr())),
        ("prefix".to_owned(), Node::number(of.address.prefix_len())),
    ];
    if let IpAddr::V4(netmask) = of.address.netmask() {
        fields.push(("netmask".to_owned(), Node::text(netmask)));
    }
    if let Some(gateway) = of.gateway {
        fields.push(("gateway".to_owned(), Node::text(gateway)));
        if of.on_link {
            fields.push(("gateway_on_link".to_owned(), Node::truth(true)));
        }
    }
    fields
}

fn map<const N: usize>(fields: [(&str, Node); N]) -> Node {
    Node::Map(fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
