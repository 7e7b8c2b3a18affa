//! `network ip` and `network diag`.
//!
//! Names and types: as for `network vswitch`; routes exist since 5.1, stacks since 5.5 (command trees of 5.0 and
//! 6.7); `diag ping` and `neighbor list` with `-i`: VMware's vSAN guide; `ipv6 set -e`: packer-maas types it on 6.7 and
//! later. Believed: 6.0 as its first release, the other short letters of `ipv6 set`, 6.5 as the first release with
//! `ipv4 set -g`, the options of `netstack set` and the rarer ones of `ping`.

use crate::model::grammar::{Kind, Row, V5_1, V5_5, V6_0, V6_5, opt, req, table};

const VMK: crate::model::grammar::Opt =
    req('i', "interface-name", Kind::Str, "Name of the VMkernel adapter.");
const ONLY_VMK: crate::model::grammar::Opt =
    opt('i', "interface-name", Kind::Str, "Only this VMkernel adapter.");
const STACK: crate::model::grammar::Opt = opt('N', "netstack", Kind::Str, "TCP/IP stack.").since(V5_5);
const ONE_STACK: crate::model::grammar::Opt = req('N', "netstack", Kind::Str, "TCP/IP stack.");
const VERSION: Kind = Kind::Choice(&["4", "6", "all"]);
const TAG: crate::model::grammar::Opt =
    req('t', "tagname", Kind::Str, "Service tag, such as Management or VMotion.");
const PEER_DNS: crate::model::grammar::Opt =
    opt('P', "peer-dns", Kind::Bool, "Take the name servers DHCP hands out.");
const IPV6: crate::model::grammar::Opt = req('I', "ipv6", Kind::Ip, "Address and prefix length, X:X::X/N.");
const GATEWAY: crate::model::grammar::Opt = req('g', "gateway", Kind::Ip, "Next hop.");
const NETWORK: crate::model::grammar::Opt = req('n', "network", Kind::Str, "Destination X/N, or default.");
const DOMAIN: crate::model::grammar::Opt = req('d', "domain", Kind::Str, "Domain.");
const TYPE: Kind = Kind::Choice(&["dhcp", "none", "static"]);

pub(in crate::model) static ROWS: &[Row] = table! {
    "network ip get" V5_0 Simple Verified "Show what holds for IP as a whole." [];
    "network ip set" V5_0 None Verified "Switch IPv6; it takes a boot."
        [opt('e', "ipv6-enabled", Kind::Bool, "IPv6 is there.")];
    "network ip interface list" V5_0 Headed Verified "List the VMkernel adapters." [STACK];
    "network ip interface add" V5_0 None Verified "Add a VMkernel adapter."
        [opt('P', "dvport-id", Kind::Str, "Port of a distributed switch.").since(V5_1),
         opt('s', "dvs-name", Kind::Str, "Distributed switch.").since(V5_1),
         opt('i', "interface-name", Kind::Str, "Name; the next free one when left out."),
         opt('M', "mac-address", Kind::Str, "Address; assigned when left out."),
         opt('m', "mtu", Kind::Int, "MTU in bytes."),
         STACK,
         opt('p', "portgroup-name", Kind::Str, "Port group to connect to.")];
    "network ip interface remove" V5_0 None Verified "Remove a VMkernel adapter."
        [opt('i', "interface-name", Kind::Str, "Name of the VMkernel adapter."), STACK,
         opt('p', "portgroup-name", Kind::Str, "Port group it is connected to.")];
    "network ip interface set" V5_0 None Verified "Change a VMkernel adapter."
        [opt('e', "enabled", Kind::Bool, "Administratively up."), VMK,
         opt('m', "mtu", Kind::Int, "MTU in bytes.")];
    "network ip interface tag add" V5_1 None Verified "Add a service tag." [VMK, TAG];
    "network ip interface tag get" V5_1 Simple Verified "Show the service tags." [VMK];
    "network ip interface tag remove" V5_1 None Verified "Remove a service tag." [VMK, TAG];
    "network ip interface ipv4 get" V5_0 Table Verified "Show IPv4 addresses." [ONLY_VMK, STACK];
    "network ip interface ipv4 address list" V6_5 Table Verified "Show IPv4 addresses." [ONLY_VMK, STACK];
    "network ip interface ipv4 set" V5_0 None Verified "Set the IPv4 configuration."
        [opt('g', "gateway", Kind::Ip, "Gateway of this adapter.").since(V6_5), VMK,
         opt('I', "ipv4", Kind::Ip, "Address, for static."),
         opt('N', "netmask", Kind::Ip, "Netmask, for static."), PEER_DNS,
         req('t', "type", TYPE, "How the address is got.")];
    "network ip interface ipv6 get" V5_0 Table Verified "Show IPv6 settings." [ONLY_VMK, STACK];
    "network ip interface ipv6 set" V5_0 None Believed "Change IPv6 settings."
        [opt('d', "enable-dhcpv6", Kind::Bool, "DHCPv6 client."),
         opt('e', "enable-ipv6", Kind::Bool, "IPv6 on this adapter.").since(V6_0),
         opt('r', "enable-router-adv", Kind::Bool, "Accept router advertisements."), VMK, PEER_DNS];
    "network ip interface ipv6 address list" V5_0 Table Verified "List the IPv6 addresses." [STACK];
    "network ip interface ipv6 address add" V5_0 None Verified "Add an IPv6 address." [VMK, IPV6];
    "network ip interface ipv6 address remove" V5_0 None Verified "Remove an IPv6 address." [VMK, IPV6];
    "network ip route ipv4 list" V5_1 Table Verified "List the IPv4 routes." [STACK];
    "network ip route ipv4 add" V5_1 None Verified "Add an IPv4 route." [GATEWAY, STACK, NETWORK];
    "network ip route ipv4 remove" V5_1 None Verified "Remove an IPv4 route." [GATEWAY, STACK, NETWORK];
    "network ip route ipv6 list" V5_1 Table Verified "List the IPv6 routes." [STACK];
    "network ip route ipv6 add" V5_1 None Verified "Add an IPv6 route." [GATEWAY, STACK, NETWORK];
    "network ip route ipv6 remove" V5_1 None Verified "Remove an IPv6 route." [GATEWAY, STACK, NETWORK];
    "network ip dns server list" V5_0 Simple Verified "List the name servers." [STACK];
    "network ip dns server add" V5_0 None Verified "Append a name server."
        [STACK, req('s', "server", Kind::Ip, "Address.")];
    "network ip dns server remove" V5_0 None Verified "Remove a name server."
        [opt('a', "all", Kind::Flag, "All of them."), STACK, opt('s', "server", Kind::Ip, "Address.")];
    "network ip dns search list" V5_0 Simple Verified "List the search domains." [STACK];
    "network ip dns search add" V5_0 None Verified "Append a search domain." [DOMAIN, STACK];
    "network ip dns search remove" V5_0 None Verified "Remove a search domain." [DOMAIN, STACK];
    "network ip netstack list" V5_5 Headed Verified "List the TCP/IP stacks." [];
    "network ip netstack get" V5_5 Simple Believed "Show one TCP/IP stack." [ONE_STACK];
    "network ip netstack add" V5_5 None Verified "Make a TCP/IP stack."
        [opt('d', "disabled", Kind::Flag, "Make it without using it."), ONE_STACK];
    "network ip netstack remove" V5_5 None Verified "Remove a TCP/IP stack." [ONE_STACK];
    "network ip netstack set" V5_5 None Believed "Change a TCP/IP stack."
        [opt('c', "ccalgo", Kind::Choice(&["cubic", "newreno"]), "Congestion control."),
         opt('e', "enable", Kind::Bool, "Use it."),
         opt('i', "ipv6enabled", Kind::Bool, "IPv6 on it."),
         opt('m', "maxconn", Kind::Int, "Largest number of connections; it takes a boot."),
         opt('n', "name", Kind::Str, "Name people see."), ONE_STACK];
    "network ip neighbor list" V5_0 Table Verified "List the neighbours whose addresses are known."
        [opt('i', "interface-name", Kind::Str, "Only of this VMkernel adapter.").since(V5_5), STACK,
         opt('v', "version", VERSION, "Only of this version of IP.")];
    "network ip neighbor remove" V5_5 None Believed "Forget a neighbour."
        [req('a', "neighbor-addr", Kind::Ip, "Its address."),
         opt('i', "interface-name", Kind::Str, "Only of this VMkernel adapter."), STACK,
         req('v', "version", VERSION, "Version of IP.")];
    "network ip ipsec sa list" V5_1 Table Believed "List the security associations; none can be made here." [];
    "network ip ipsec sp list" V5_1 Table Believed "List the security policies; none can be made here." [];
    "network ip connection list" V5_0 Table Verified "List the connections, and who listens." [STACK,
         opt('t', "type", Kind::Choice(&["all", "ip", "tcp", "udp"]), "Only of this protocol.")];
    "network diag ping" V5_1 Simple Verified "Ask hosts for an answer to an ICMP echo."
        [opt('4', "ipv4", Kind::Flag, "With IPv4."), opt('6', "ipv6", Kind::Flag, "With IPv6."),
         opt('c', "count", Kind::Int, "How often."),
         opt('D', "debug", Kind::Flag, "Ask the stack of the VMkernel for details."),
         opt('d', "df", Kind::Flag, "Not to be fragmented."),
         req('H', "host", Kind::Str, "Whom."),
         opt('I', "interface", Kind::Str, "From this VMkernel adapter."),
         opt('i', "interval", Kind::Str, "Seconds between two."),
         opt('N', "netstack", Kind::Str, "TCP/IP stack.").since(V5_5),
         opt('n', "nexthop", Kind::Ip, "By this router; needs the adapter."),
         opt('s', "size", Kind::Int, "Bytes of payload."),
         opt('t', "ttl", Kind::Int, "Routers it may pass."),
         opt('W', "wait", Kind::Str, "Seconds to wait for an answer.")];
};
