//! Valid curtin documents over everything that the format has, from a seed.

use super::Document;
use crate::host::mac;
use serde_json::{Value, json};

/// Choices: the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        // Knuth's generator; its upper bits are good enough for choices.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound.max(1)
    }
    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

pub fn documents(count: usize) -> Vec<Document> {
    (0..count).map(document).collect()
}

/// What the documents of one number leave to the dice. A document has few oddities, so that most differences have one
/// cause.
fn document(number: usize) -> Document {
    let dice = &mut Dice(number as u64 * 7919 + 17);
    for _ in 0..4 {
        dice.below(2);
    }
    let odd = if dice.chance(45) { 0 } else { 1 + dice.below(15) };
    let cards = if odd == 1 { 12 } else { 1 + dice.below(4) };
    let mut make = Make { dice, odd, entries: Vec::new(), subnet: 0, way_out: false };
    make.all(cards);
    let config = make.entries;
    let cards = (0..cards as u8).map(mac).collect();
    Document { name: format!("generated {number}"), text: json!({ "version": 1, "config": config }), cards }
}

struct Make<'a> {
    dice: &'a mut Dice,
    /// A fault of the list that is put in, or none.
    odd: usize,
    entries: Vec<Value>,
    /// Networks used up.
    subnet: u8,
    /// The default gateway is given.
    way_out: bool,
}

impl Make<'_> {
    fn all(&mut self, cards: usize) {
        for number in 0..cards {
            let mut address = mac(number as u8).to_string();
            if self.odd == 10 && (number == 0 || self.dice.chance(50)) {
                address = address.to_uppercase();
            }
            let name = format!("eno{}", number + 1);
            self.entries
                .push(json!({ "type": "physical", "id": name, "name": name, "mac_address": address }));
        }
        // Which cards a bond takes.
        let bonded: Vec<usize> = match (self.odd, cards) {
            (1, _) => vec![10, 1],
            (_, 1) => vec![],
            _ if [2, 6, 14].contains(&self.odd) || self.dice.chance(50) => {
                let count = 2 + self.dice.below(cards - 1);
                (0..count.min(cards)).collect()
            }
            _ => vec![],
        };
        let mtu = if self.dice.chance(30) { 9000 } else { 1500 };
        let mut carriers = Vec::new();
        if !bonded.is_empty() {
            carriers.push(self.bond(&bonded, mtu));
        }
        for number in (0..cards.min(4)).filter(|number| !bonded.contains(number)) {
            let wanted = carriers.is_empty() || self.dice.chance(60);
            self.mtu(number, mtu);
            if wanted {
                carriers.push(number);
            }
        }
        for at in carriers {
            // A carrier has addresses, VLANs, or both.
            let vlans = if self.dice.chance(40) { 1 + self.dice.below(3) } else { 0 };
            if vlans == 0 || self.dice.chance(60) {
                self.address(at);
            }
            for vlan in 0..vlans {
                self.vlan(at, vlan, mtu);
            }
        }
        self.names();
        if self.odd == 8 {
            let gateway =
                self.entries.iter().flat_map(|entry| entry["subnets"].as_array().into_iter().flatten());
            let gateway =
                gateway.filter_map(|subnet| subnet["address"].as_str()).find(|text| !text.contains(':'));
            let gateway = gateway.map(|text| format!("{}.14", text.rsplit_once('.').unwrap_or_default().0));
            if let Some(gateway) = gateway {
                self.entries
                    .push(json!({ "type": "route", "destination": "203.0.113.0/24", "gateway": gateway }));
            }
        }
    }

    fn mtu(&mut self, at: usize, mtu: u64) {
        if !(self.odd == 5 && self.dice.chance(70)) {
            self.entries[at]["mtu"] = mtu.into();
        }
    }

    fn bond(&mut self, members: &[usize], mtu: u64) -> usize {
        let names: Vec<Value> = members.iter().map(|at| self.entries[*at]["name"].clone()).collect();
        let first = self.entries[members[0]]["mac_address"].clone();
        let mode = match self.odd {
            6 => *self.dice.pick(&["balance-xor", "broadcast", "balance-tlb", "balance-alb"]),
            1 | 14 => "active-backup",
            _ => *self.dice.pick(&["balance-rr", "active-backup", "802.3ad"]),
        };
        let mut params = json!({ "bond-mode": mode, "bond-miimon": 100 });
        if mode == "802.3ad" && self.dice.chance(50) {
            params["bond-lacp-rate"] = "fast".into();
            params["bond-xmit-hash-policy"] = "layer3+4".into();
        }
        let mut bond = json!({
            "type": "bond", "id": "bond0", "name": "bond0", "bond_interfaces": names, "params": {},
            "mac_address": first,
        });
        if self.odd == 2 {
            bond["mac_address"] = "02:00:00:00:00:01".into();
        }
        if self.odd == 14 {
            params["bond-primary"] = bond["bond_interfaces"][1].clone();
        } else if self.dice.chance(10) {
            bond["mac_address"] = self.entries[members[1]]["mac_address"].clone();
        }
        bond["params"] = params;
        for at in members {
            self.entries[*at]["mtu"] = mtu.into();
        }
        self.entries.push(bond);
        let at = self.entries.len() - 1;
        self.mtu(at, mtu);
        at
    }

    fn vlan(&mut self, link: usize, number: usize, mtu: u64) {
        let id = 100 * (number + 1) + link;
        let below = self.entries[link]["name"].clone();
        let name = format!("{}.{id}", below.as_str().unwrap_or_default());
        self.entries.push(json!({
            "type": "vlan", "id": name, "name": name, "vlan_link": below, "vlan_id": id,
        }));
        let at = self.entries.len() - 1;
        let mtu = if self.odd == 12 { 9000 } else { mtu };
        if self.odd == 12 {
            self.entries[link]["mtu"] = 1500.into();
        }
        self.mtu(at, mtu);
        self.address(at);
    }

    fn address(&mut self, at: usize) {
        let mut subnets = vec![self.subnet()];
        if self.odd == 7 && self.dice.chance(80) {
            subnets.push(self.subnet());
        }
        if self.odd == 0 && self.dice.chance(8) {
            subnets = vec![json!({ "type": "manual" })];
        }
        self.entries[at]["subnets"] = subnets.into();
    }

    fn subnet(&mut self) -> Value {
        self.subnet += 1;
        let net = self.subnet;
        if self.odd == 9 && net == 1 {
            return json!({ "type": "dhcp" });
        }
        if self.odd == 3 && net == 1 {
            return json!({ "type": "static", "address": format!("2001:db8:{net}::10/64") });
        }
        if net > 1 && self.dice.chance(15) {
            return json!({ "type": "dhcp4" });
        }
        if net > 1 && self.dice.chance(8) {
            return json!({ "type": "dhcp6" });
        }
        let prefix = *self.dice.pick(&[24, 24, 24, 25, 28]);
        let host = 2 + self.dice.below(12);
        let mut subnet = json!({ "type": "static", "address": format!("10.{net}.0.{host}/{prefix}") });
        if self.odd == 15 && net == 1 {
            subnet = json!({ "type": "static", "address": format!("10.{net}.0.{host}"), "netmask": "255.255.255.0" });
        }
        if !self.way_out && self.dice.chance(75) {
            self.way_out = true;
            subnet["gateway"] = format!("10.{net}.0.1").into();
        }
        if self.odd == 11 {
            // Name servers where MAAS also writes them.
            subnet["dns_nameservers"] = json!(["192.0.2.53"]);
        }
        let routes = if self.odd == 13 { 1 } else { self.dice.below(5) / 3 };
        let routes: Vec<Value> = (0..routes)
            .map(|number| {
                let gateway = format!("10.{net}.0.1");
                match self.odd {
                    13 => json!({ "network": format!("198.51.{net}.0"), "netmask": "255.255.255.0", "gateway": gateway }),
                    _ => json!({ "destination": format!("198.{}.{net}.0/24", 51 + number), "gateway": gateway }),
                }
            })
            .collect();
        if !routes.is_empty() {
            subnet["routes"] = routes.into();
        }
        subnet
    }

    fn names(&mut self) {
        if self.odd == 4 {
            self.entries
                .push(json!({ "type": "nameserver", "address": "192.0.2.53", "search": ["example.net"] }));
        } else if self.dice.chance(70) {
            let servers = ["192.0.2.53", "192.0.2.54"];
            let servers = &servers[..1 + self.dice.below(2)];
            let search = if self.dice.chance(50) { vec!["example.net", "lab.example.net"] } else { vec![] };
            self.entries.push(json!({ "type": "nameserver", "address": servers, "search": search }));
        }
    }
}

/// A document for each of the fourteen.
pub fn each_fault() -> Vec<Document> {
    let nic = |number: u8| {
        let name = format!("eno{}", number + 1);
        json!({ "type": "physical", "id": name, "name": name, "mac_address": mac(number).to_string(), "mtu": 1500 })
    };
    let fixed = || json!([{ "type": "static", "address": "10.1.0.10/24", "gateway": "10.1.0.1" }]);
    let with = |mut entry: Value, more: Value| {
        if let (Some(entry), Value::Object(more)) = (entry.as_object_mut(), more) {
            entry.extend(more);
        }
        entry
    };
    let bond = |members: Value, params: Value, more: Value| {
        let base = json!({ "type": "bond", "id": "bond0", "name": "bond0", "mtu": 1500, "bond_interfaces": members,
            "params": params, "subnets": fixed() });
        with(base, more)
    };
    let backup = || json!({ "bond-mode": "active-backup" });
    let pair = || json!(["eno1", "eno2"]);
    let twelve: Vec<Value> = (0..12).map(nic).collect();
    let one = |more: Value| vec![with(nic(0), more)];
    let addressed = |subnet: Value| one(json!({ "subnets": [subnet] }));
    let and = |mut list: Vec<Value>, entry: Value| {
        list.push(entry);
        list
    };
    let two = || vec![nic(0), nic(1)];
    let stranger = with(nic(1), json!({ "mac_address": "52:54:00:00:00:01" }));
    let mut unsized_ = with(nic(0), json!({ "subnets": fixed() }));
    unsized_.as_object_mut().map(|entry| entry.remove("mtu"));
    let vlan = json!({ "type": "vlan", "id": "v", "name": "v", "vlan_link": "eno1", "vlan_id": 5, "mtu": 9000,
        "subnets": [{ "type": "static", "address": "10.2.0.10/24" }] });
    let cases: Vec<(usize, Vec<Value>)> = vec![
        (12, and(twelve, bond(json!(["eno11", "eno2"]), backup(), json!({})))),
        (2, and(two(), bond(pair(), backup(), json!({ "mac_address": "02:00:00:00:00:01" })))),
        (1, addressed(json!({ "type": "static", "address": "2001:db8::10/64" }))),
        (
            1,
            and(one(json!({ "subnets": fixed() })), json!({ "type": "nameserver", "address": "192.0.2.53" })),
        ),
        (1, vec![unsized_]),
        (2, and(two(), bond(pair(), json!({ "bond-mode": "balance-xor" }), json!({})))),
        (
            1,
            one(json!({ "subnets": [{ "type": "static", "address": "10.1.0.10/24" },
            { "type": "static", "address": "10.2.0.10/24" }] })),
        ),
        (
            1,
            and(
                one(json!({ "subnets": fixed() })),
                json!({ "type": "route", "destination": "203.0.113.0/24", "gateway": "10.1.0.254" }),
            ),
        ),
        (1, addressed(json!({ "type": "dhcp" }))),
        (1, one(json!({ "mac_address": mac(0).to_string().to_uppercase(), "subnets": fixed() }))),
        (1, and(vec![nic(0), stranger], bond(pair(), backup(), json!({})))),
        (1, and(one(json!({ "subnets": fixed() })), vlan)),
        (
            1,
            addressed(json!({ "type": "static", "address": "10.1.0.10/24", "routes":
            [{ "network": "198.51.100.0", "netmask": "255.255.255.0", "gateway": "10.1.0.1" }] })),
        ),
        (
            2,
            and(
                two(),
                bond(
                    pair(),
                    json!({ "bond-mode": "active-backup", "bond-primary": "eno2" }),
                    json!({ "mac_address": mac(0).to_string() }),
                ),
            ),
        ),
    ];
    let document = |(at, (cards, config)): (usize, (usize, Vec<Value>))| Document {
        name: format!("fault {}", at + 1),
        text: json!({ "version": 1, "config": config }),
        cards: (0..cards as u8).map(mac).collect(),
    };
    cases.into_iter().enumerate().map(document).collect()
}
