//! One exchange, frame by frame: the client's SYN, every ARP question on the way, the SYN-ACK back.
//!
//! Addresses of either family are resolved by the same question and answer; neighbour discovery differs from
//! ARP in nothing that matters here.

use super::dice::Dice;
use super::host::{self, NextHop, Team, VirtualPort};
use super::reality::Reality;
use esxi_core::reach::{Lag, Network, Segment};
use esxi_core::state::{HostState, LoadBalancing};
use esxi_core::value::{MacAddr, VlanId, VmkName, VmnicName};
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;

const BROADCAST: MacAddr = MacAddr([0xff; 6]);
/// More frames than any exchange without a storm needs.
const MOST_FRAMES: usize = 400;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Body {
    /// ARP: who has `ip`, asked by the owner of `asker`.
    WhoHas { ip: IpAddr, asker: IpAddr },
    /// ARP: `ip` is at the frame's source.
    IsAt { ip: IpAddr, asker: IpAddr },
    /// The SYN.
    Syn,
    /// The SYN-ACK.
    SynAck,
}

/// An Ethernet frame. On a wire `tag` is its 802.1Q tag.
#[derive(Debug, Clone)]
struct Frame {
    from: MacAddr,
    to: MacAddr,
    tag: Option<u16>,
    body: Body,
}

/// A port of the physical switches as MAC learning sees it: the members of a channel are one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum LogicalPort {
    Station(usize),
    Nic(VmnicName),
    Channel(u16),
}

/// A machine of the fabric on a segment.
#[derive(Debug, Clone)]
struct Station {
    segment: Segment,
    mac: MacAddr,
    ip: IpAddr,
    /// The router behind a gateway address; otherwise the client itself.
    router: bool,
    /// The SYN to send as soon as the server's MAC address is known.
    waiting: bool,
}

#[derive(Debug)]
enum Event {
    /// A frame travels a segment.
    Segment { segment: Segment, from: LogicalPort, frame: Frame },
    /// A frame arrives at a card of the host, as it is on the wire.
    Card { nic: VmnicName, frame: Frame },
    /// An adapter sends.
    Adapter { vmk: VmkName, frame: Frame },
}

pub(super) struct Exchange<'a> {
    host: &'a HostState,
    reality: &'a Reality,
    ports: &'a BTreeMap<VmkName, VirtualPort>,
    dice: &'a mut Dice,
    client: IpAddr,
    server: IpAddr,
    stations: Vec<Station>,
    learnt: BTreeMap<(Segment, MacAddr), LogicalPort>,
    queue: VecDeque<Event>,
    /// The adapter that took the SYN, and the reply that waits for its next hop's MAC address.
    reply: Option<(VmkName, NextHop)>,
    /// A source address was seen on two ports of the host: its table entry flaps.
    flapping: bool,
    answered: bool,
}

impl<'a> Exchange<'a> {
    /// Plays one exchange; true when the SYN-ACK reaches the client.
    pub(super) fn play(
        host: &'a HostState,
        reality: &'a Reality,
        ports: &'a BTreeMap<VmkName, VirtualPort>,
        dice: &'a mut Dice,
        client: IpAddr,
        server: IpAddr,
    ) -> bool {
        let mut exchange = Exchange {
            host,
            reality,
            ports,
            dice,
            client,
            server,
            stations: Vec::new(),
            learnt: BTreeMap::new(),
            queue: VecDeque::new(),
            reply: None,
            flapping: false,
            answered: false,
        };
        exchange.place_stations();
        if !exchange.start() {
            return false;
        }
        for _ in 0..MOST_FRAMES {
            let Some(event) = exchange.queue.pop_front() else { break };
            match event {
                Event::Segment { segment, from, frame } => exchange.switch(segment, from, frame),
                Event::Card { nic, frame } => exchange.arrive(&nic, &frame),
                Event::Adapter { vmk, frame } => exchange.send(&vmk, frame),
            }
        }
        exchange.answered && !exchange.flapping
    }

    fn place_stations(&mut self) {
        let mut places: Vec<(Segment, IpAddr, bool)> = Vec::new();
        for network in &self.reality.networks {
            places.extend(network.gateway.map(|gateway| (network.segment, gateway, true)));
        }
        places.extend(self.reality.routers.iter().map(|(segment, ip)| (*segment, *ip, true)));
        let home = self.network_of(self.client).map(|network| network.segment);
        places.extend(home.or(self.reality.client_at).map(|segment| (segment, self.client, false)));
        for (number, (segment, ip, router)) in places.into_iter().enumerate() {
            let mac = MacAddr([0x02, 0xfa, 0, 0, 0, number as u8]);
            if !self.stations.iter().any(|other| (other.segment, other.ip) == (segment, ip)) {
                self.stations.push(Station { segment, mac, ip, router, waiting: false });
            }
        }
    }

    fn network_of(&self, address: IpAddr) -> Option<&'a Network> {
        let around = self.reality.networks.iter().filter(|network| network.subnet.contains(&address));
        around.max_by_key(|network| network.subnet.prefix_len())
    }

    /// Brings the SYN to the machine that is on a segment with the server; false when it never gets there.
    fn start(&mut self) -> bool {
        let own = self.network_of(self.client);
        let sender = match own {
            // The client's mask says that the server is beside it.
            Some(own) if own.subnet.contains(&self.server) => Some((own.segment, self.client)),
            // A client on a listed subnet needs that subnet's router, one elsewhere has its own ways.
            Some(own) if own.gateway.is_none() => None,
            _ => self.network_of(self.server).and_then(|home| Some((home.segment, home.gateway?))),
        };
        let Some((segment, ip)) = sender else { return false };
        let asker = |station: &Station| (station.segment, station.ip) == (segment, ip);
        let Some(at) = self.stations.iter().position(asker) else { return false };
        self.stations[at].waiting = true;
        let body = Body::WhoHas { ip: self.server, asker: ip };
        let frame = Frame { from: self.stations[at].mac, to: BROADCAST, tag: None, body };
        self.queue.push_back(Event::Segment { segment, from: LogicalPort::Station(at), frame });
        true
    }

    // ---- the physical switches --------------------------------------------------------------------------

    fn switch(&mut self, segment: Segment, from: LogicalPort, frame: Frame) {
        let before = self.learnt.insert((segment, frame.from), from.clone());
        if before.is_some_and(|before| before != from) {
            self.flapping = true;
        }
        let known = self.learnt.get(&(segment, frame.to)).cloned();
        let targets = match known {
            Some(port) => vec![port],
            None => self.everywhere(segment),
        };
        for target in targets.into_iter().filter(|target| *target != from) {
            match target {
                LogicalPort::Station(at) => self.deliver_to_station(at, &frame),
                LogicalPort::Nic(nic) => self.leave_switch(segment, &nic, &frame),
                LogicalPort::Channel(group) => {
                    let members = self.channel(group);
                    let key = format!("channel {group} of {members:?} hashes {:?} {}", frame.body, frame.to);
                    if !members.is_empty() {
                        let member = members[self.dice.roll(key, members.len())].clone();
                        self.leave_switch(segment, &member, &frame);
                    }
                }
            }
        }
    }

    /// Every logical port, but each channel once.
    fn everywhere(&self, segment: Segment) -> Vec<LogicalPort> {
        let on = |(at, station): (usize, &Station)| {
            (station.segment == segment).then_some(LogicalPort::Station(at))
        };
        let mut list: Vec<_> = self.stations.iter().enumerate().filter_map(on).collect();
        for nic in self.reality.ports.keys().filter(|nic| self.carrier(nic)) {
            let port = self.logical(nic);
            if !list.contains(&port) {
                list.push(port);
            }
        }
        list
    }

    fn logical(&self, nic: &VmnicName) -> LogicalPort {
        match self.reality.ports.get(nic).map(|port| &port.lag) {
            Some(Lag::Static { group }) => LogicalPort::Channel(*group),
            _ => LogicalPort::Nic(nic.clone()),
        }
    }

    /// Live members of a static channel.
    fn channel(&self, group: u16) -> Vec<VmnicName> {
        let member = |nic: &&VmnicName| self.carrier(nic) && self.logical(nic) == LogicalPort::Channel(group);
        self.reality.ports.keys().filter(member).cloned().collect()
    }

    fn carrier(&self, nic: &str) -> bool {
        self.host.nics.get(nic).is_some_and(|nic| nic.link_up)
    }

    /// LACP without a partner: a port alone on its vSwitch is kept up by itself, several are not. A dead cable
    /// may or may not make a port of two one alone.
    fn lacp_blocks(&mut self, nic: &VmnicName) -> bool {
        let Some(Lag::Lacp { group }) = self.reality.ports.get(nic).map(|port| port.lag.clone()) else {
            return false;
        };
        let Some(switch) = self.host.vswitches.values().find(|switch| switch.uplinks.contains(nic)) else {
            return true;
        };
        let same = |other: &&VmnicName| {
            self.reality.ports.get(*other).is_some_and(|port| port.lag == Lag::Lacp { group })
        };
        let members: Vec<_> = switch.uplinks.iter().filter(same).collect();
        let live = members.iter().filter(|nic| self.carrier(nic)).count();
        live > 1 || members.len() > 1 && self.dice.roll(format!("lacp {group} counts dead links"), 2) == 1
    }

    /// A frame of `segment` leaves the switch for a card, if the port carries the segment: its own VLAN without
    /// a tag, others with theirs.
    fn leave_switch(&mut self, segment: Segment, nic: &VmnicName, frame: &Frame) {
        let Some(port) = self.reality.ports.get(nic) else { return };
        let native = port.untagged == Some(segment);
        let tagged = allowed(port, segment) && (!native || self.reality.native_tagged_too);
        if !self.carrier(nic) || self.lacp_blocks(nic) {
            return;
        }
        for tag in native.then_some(None).into_iter().chain(tagged.then_some(Some(segment))) {
            self.queue.push_back(Event::Card { nic: nic.clone(), frame: Frame { tag, ..frame.clone() } });
        }
    }

    /// A frame from a card enters the switch.
    fn enter_switch(&mut self, nic: &VmnicName, frame: Frame) {
        let Some(port) = self.reality.ports.get(nic) else { return };
        // A port that is bound to addresses does not even learn others.
        if self.reality.macs.get(nic).is_some_and(|bound| !bound.contains(&frame.from)) {
            return;
        }
        let segment = match frame.tag {
            None => port.untagged,
            Some(tag) => allowed(port, tag).then_some(tag),
        };
        let Some(segment) = segment else { return };
        if self.carrier(nic) && !self.lacp_blocks(nic) {
            let from = self.logical(nic);
            self.queue.push_back(Event::Segment { segment, from, frame: Frame { tag: None, ..frame } });
        }
    }

    // ---- machines of the fabric -------------------------------------------------------------------------

    fn deliver_to_station(&mut self, at: usize, frame: &Frame) {
        let station = self.stations[at].clone();
        let respond = |body, to| Event::Segment {
            segment: station.segment,
            from: LogicalPort::Station(at),
            frame: Frame { from: station.mac, to, tag: None, body },
        };
        match frame.body {
            Body::WhoHas { ip, asker } if ip == station.ip => {
                self.queue.push_back(respond(Body::IsAt { ip, asker }, frame.from));
            }
            Body::IsAt { ip, asker } if ip == self.server && asker == station.ip && station.waiting => {
                self.stations[at].waiting = false;
                self.queue.push_back(respond(Body::Syn, frame.from));
            }
            Body::SynAck if frame.to == station.mac => {
                let taken = if station.router { self.routes(&station) } else { self.accepts(&station) };
                self.answered |= taken;
            }
            _ => {}
        }
    }

    /// Whether a router takes the reply and the client gets it. A source address that is not the sender's is
    /// spoofed and dropped (the observation of "static routes for VMware ESXi vmkernel ports").
    fn routes(&self, router: &Station) -> bool {
        let onward = match self.network_of(self.client) {
            None => true,
            // A subnet without a router hears only its own segment's.
            Some(own) => own.gateway.is_some() || own.segment == router.segment,
        };
        onward && self.accepts(router)
    }

    /// A reply is taken where the server's address belongs, and from the adapter that has this address.
    fn accepts(&self, at: &Station) -> bool {
        let belongs = self.network_of(self.server).is_some_and(|home| home.segment == at.segment);
        let Some((_, via)) = &self.reply else { return false };
        belongs && self.ports[&via.vmk].addresses.iter().any(|net| net.addr() == self.server)
    }

    // ---- the host ---------------------------------------------------------------------------------------

    /// A frame from the wire: the vSwitch gives it to the ports of its VLAN that take it from this uplink.
    fn arrive(&mut self, nic: &VmnicName, frame: &Frame) {
        let Some(vswitch) = self.vswitch_of(nic) else { return };
        for (vmk, port) in self.ports {
            let mine = frame.to == BROADCAST || frame.to == port.mac;
            let vlan = match (port.vlan, frame.tag) {
                (VlanId::UNTAGGED, tag) => tag.is_none(),
                // vmkernel adapters do not untag: it is only believed that they hear untagged frames.
                (VlanId::GUEST, tag) => tag.is_none() && self.dice.roll("guest tagging hears".into(), 2) == 1,
                (id, tag) => tag == Some(id.get()),
            };
            if port.vswitch == vswitch && port.enabled && mine && vlan && self.takes_from(vmk, port, nic) {
                self.receive(vmk, port, frame);
            }
        }
    }

    fn vswitch_of(&self, nic: &VmnicName) -> Option<String> {
        let holds = self.host.vswitches.iter().find(|(_, switch)| switch.uplinks.contains(nic));
        holds.map(|(name, _)| name.to_string())
    }

    fn team(&self, vmk: &VmkName, port: &VirtualPort) -> Option<Team> {
        port.team.clone().or_else(|| self.reality.teams.get(vmk).cloned())
    }

    fn usable(&mut self, vmk: &VmkName, port: &VirtualPort) -> Option<(Team, Vec<VmnicName>)> {
        let team = self.team(vmk, port)?;
        let nics = &self.host.nics;
        let up = |nic: &VmnicName| nics.get(nic).is_some_and(|nic| nic.link_up);
        let usable = host::usable(&team, up);
        Some((team, usable))
    }

    /// The vSwitch's reverse-path check: a port takes frames from the uplink it sends by, with `iphash` from any
    /// uplink in use.
    fn takes_from(&mut self, vmk: &VmkName, port: &VirtualPort, nic: &VmnicName) -> bool {
        let Some((team, usable)) = self.usable(vmk, port) else { return false };
        if team.policy == LoadBalancing::IpHash {
            return usable.contains(nic);
        }
        self.bound(port, &usable).as_ref() == Some(nic)
    }

    /// The uplink a port is bound to: any of those in use, but always the same.
    fn bound(&mut self, port: &VirtualPort, usable: &[VmnicName]) -> Option<VmnicName> {
        if usable.is_empty() {
            return None;
        }
        let at = self.dice.roll(format!("{} is bound to one of {usable:?}", port.id), usable.len());
        Some(usable[at].clone())
    }

    /// An adapter puts a frame on its port.
    fn send(&mut self, vmk: &VmkName, frame: Frame) {
        let port = &self.ports[vmk];
        if !port.enabled {
            return;
        }
        let Some((team, usable)) = self.usable(vmk, port) else { return };
        let uplink = if team.policy == LoadBalancing::IpHash && !usable.is_empty() {
            let key = format!("iphash of {:?} over {usable:?}", self.ends(&frame.body));
            Some(usable[self.dice.roll(key, usable.len())].clone())
        } else {
            self.bound(port, &usable)
        };
        let tag = match port.vlan {
            VlanId::UNTAGGED | VlanId::GUEST => None,
            id => Some(id.get()),
        };
        if let Some(uplink) = uplink {
            self.enter_switch(&uplink, Frame { tag, ..frame });
        }
    }

    /// What `iphash` hashes: for ARP the same byte offsets, which are not the addresses.
    fn ends(&self, body: &Body) -> (bool, IpAddr, IpAddr) {
        match body {
            Body::WhoHas { ip, asker } | Body::IsAt { ip, asker } => (true, *ip, *asker),
            Body::Syn | Body::SynAck => (false, self.server, self.client),
        }
    }

    fn receive(&mut self, vmk: &VmkName, port: &VirtualPort, frame: &Frame) {
        let holds = |ip: IpAddr| port.addresses.iter().any(|net| net.addr() == ip);
        match frame.body {
            Body::WhoHas { ip, asker } if holds(ip) => {
                let body = Body::IsAt { ip, asker };
                let frame = Frame { from: port.mac, to: frame.from, tag: None, body };
                self.queue.push_back(Event::Adapter { vmk: vmk.clone(), frame });
            }
            Body::Syn if holds(self.server) => self.reply_from(vmk, port),
            Body::IsAt { ip, .. } => {
                if let Some((_, via)) = &self.reply
                    && via.vmk == *vmk
                    && via.address == ip
                {
                    let frame = Frame { from: port.mac, to: frame.from, tag: None, body: Body::SynAck };
                    self.queue.push_back(Event::Adapter { vmk: vmk.clone(), frame });
                }
            }
            _ => {}
        }
    }

    /// The stack answers the SYN: it looks the client up and asks for the next hop.
    fn reply_from(&mut self, vmk: &VmkName, port: &VirtualPort) {
        let ways = host::ways(self.host, self.ports, &port.netstack, self.client, self.dice);
        if ways.is_empty() || self.reply.is_some() {
            return;
        }
        let way =
            ways[self.dice.roll(format!("way of {} among {ways:?}", port.netstack), ways.len())].clone();
        let out = &self.ports[&way.vmk];
        let asker = out.addresses.first().map_or(self.server, |net| net.addr());
        let body = Body::WhoHas { ip: way.address, asker };
        let frame = Frame { from: out.mac, to: BROADCAST, tag: None, body };
        self.queue.push_back(Event::Adapter { vmk: way.vmk.clone(), frame });
        self.reply = Some((vmk.clone(), way));
    }
}

/// Whether a port carries a VLAN with a tag.
fn allowed(port: &esxi_core::reach::SwitchPort, id: u16) -> bool {
    use esxi_core::reach::TaggedVlans;
    let valid = (1..=4094).contains(&id);
    valid
        && match &port.tagged {
            TaggedVlans::None => false,
            TaggedVlans::All => true,
            TaggedVlans::Only(list) => list.iter().any(|vlan| vlan.get() == id),
        }
}
