//! One block by one provider's rules: every address gets its role.

use super::choose::choose;
use super::name::wrong_name;
use super::plan::{BlockPlan, Price, Range};
use super::profile::{Allocation, Delivery, Layout, Place, PriceRule, Profile, Rest};
use super::runs::{Run, Runs};
use super::space;
use super::{Block, BlockSpec, Role};
use crate::diag::{Diagnostic, codes};
use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;

impl Profile {
    /// Lays one block out by these rules.
    ///
    /// # Errors
    /// What stands in the way, each finding with a JSON pointer into the [`BlockSpec`]: an allocation or layout that
    /// is not known (the nearest is named), a size or family that the provider does not hand out, an address that
    /// the user must state, more names than available addresses, an address that somebody else has.
    ///
    /// ```
    /// use esxi_core::block::{BlockSpec, Catalogue};
    ///
    /// let packet = Catalogue::builtin().find("packet")?;
    /// let plan = packet.plan(&BlockSpec::new("147.75.1.8/29".parse().unwrap()).assign("web")).unwrap();
    /// assert_eq!(plan.available().count(), 3);
    /// # Ok::<(), Box<esxi_core::diag::Diagnostic>>(())
    /// ```
    pub fn plan(self: &Arc<Self>, spec: &BlockSpec) -> Result<BlockPlan, Vec<Diagnostic>> {
        let (at, layout_at) = choose(self, spec).map_err(|found| vec![*found])?;
        let allocation = &self.allocations[at];
        let layout = &allocation.layouts[layout_at];
        let mut sheet = Sheet::new(spec, allocation, layout);
        sheet.check_room(self);
        sheet.place_roles();
        sheet.place_reservations();
        if sheet.found.is_empty() {
            sheet.assign();
        }
        if !sheet.found.is_empty() {
            return Err(sheet.found);
        }
        let block = spec.block;
        let ranges = sheet.runs.finish().into_iter().filter_map(|run| {
            Some(Range {
                first: block.nth(run.first)?,
                last: block.nth(run.first + run.count - 1)?,
                count: run.count,
                role: run.role,
                name: run.name,
            })
        });
        Ok(BlockPlan {
            profile: Arc::clone(self),
            allocation: at,
            layout: layout_at,
            ranges: ranges.collect(),
            price: price(block, allocation, self.price.as_ref()),
            next_hop: spec.next_hop,
            diagnostics: space::check(block, allocation.space).into_iter().collect(),
            spec: spec.clone(),
        })
    }
}

fn price(block: Block, allocation: &Allocation, rule: Option<&PriceRule>) -> Option<Price> {
    let rule = rule.filter(|rule| rule.allocation == allocation.name)?;
    let addresses = u64::try_from(block.count()).ok()?.saturating_sub(rule.included.into());
    (addresses > 0).then(|| Price {
        currency: rule.currency.clone(),
        addresses,
        micros_per_address_hour: rule.micros_per_address_hour,
    })
}

/// A block while its addresses are being given their roles.
struct Sheet<'a> {
    spec: &'a BlockSpec,
    allocation: &'a Allocation,
    layout: &'a Layout,
    runs: Runs,
    found: Vec<Diagnostic>,
}

impl<'a> Sheet<'a> {
    fn new(spec: &'a BlockSpec, allocation: &'a Allocation, layout: &'a Layout) -> Self {
        let rest = match allocation.rest_in(layout) {
            Rest::Available => Role::Available,
            Rest::Reserved => Role::Reserved,
        };
        let runs = Runs::new(spec.block.count(), rest);
        Sheet { spec, allocation, layout, runs, found: Vec::new() }
    }

    fn block(&self) -> Block {
        self.spec.block
    }

    /// ESXi's own address needs room beside those that the provider keeps.
    fn check_room(&mut self, profile: &Profile) {
        let Some(smallest) = self.allocation.smallest_for_esxi else { return };
        if self.layout.roles.get(Role::Management).is_some() && self.block().prefix() > smallest {
            let found = format!(
                "{} is too small for an ESXi host at {}: its own address needs a /{smallest} or larger",
                self.block(),
                profile.title
            );
            self.found.push(
                Diagnostic::error(codes::BLOCK_SIZE, found)
                    .at("/block")
                    .help(format!("order a /{smallest}, or state a layout without ESXi's own address")),
            );
        }
    }

    /// The addresses of the provider and of the layout; what the user states goes before both.
    fn place_roles(&mut self) {
        let rows = self.allocation.reserve.iter().chain(self.layout.roles.iter());
        let rows: Vec<(Role, Place)> = rows.collect();
        let stated = [
            (Role::Gateway, self.spec.gateway, "/gateway"),
            (Role::Management, self.spec.management, "/management"),
        ];
        let is_stated =
            |role: Role| stated.iter().any(|(other, address, _)| *other == role && address.is_some());
        // Nobody's mistake but the user's: an address that is stated for one role and has another by the rules.
        let fixed: BTreeMap<u128, Role> = rows
            .iter()
            .filter(|(role, _)| !is_stated(*role))
            .filter_map(|(role, place)| Some((place.offset(self.block().count())?, *role)))
            .collect();
        for (role, address, path) in stated {
            let Some(address) = address else { continue };
            match self.block().offset_of(address) {
                Some(offset) => match fixed.get(&offset) {
                    Some(owner) => self.fixed(address, role, *owner, path),
                    None => self.put(offset, role, path),
                },
                // A gateway elsewhere is judged with the whole host in view.
                None if role == Role::Gateway => {}
                None => self.found.push(
                    Diagnostic::error(
                        codes::ADDRESS_OUTSIDE,
                        format!("the {role} address {address} is not in {}", self.block()),
                    )
                    .at(path)
                    .help("state an address of the block, or the block that it is in"),
                ),
            }
        }
        if !self.found.is_empty() {
            return;
        }
        for (role, place) in rows {
            match place.offset(self.block().count()) {
                _ if is_stated(role) => {}
                Some(offset) => self.put(offset, role, "/block"),
                None if place == Place::Given => self.not_given(role),
                None => self.no_room(role),
            }
        }
    }

    fn put(&mut self, offset: u128, role: Role, path: &str) {
        let free = |run: &Run| matches!(run.role, Role::Available | Role::Reserved) && run.name.is_none();
        if self.runs.at(offset).is_some_and(free) {
            self.runs.put(offset, 1, role, None);
        } else if path == "/block" {
            self.no_room(role);
        } else {
            self.taken(offset, path);
        }
    }

    fn fixed(&mut self, address: IpAddr, role: Role, owner: Role, path: &str) {
        let found = format!("{address} cannot be the {role}: at this provider it is the {owner} address");
        let help = format!(
            "state the {role} address that the provider shows, or leave it out where the rules know it"
        );
        self.found.push(Diagnostic::error(codes::ADDRESS_TAKEN, found).at(path).help(help));
    }

    fn no_room(&mut self, role: Role) {
        let found =
            format!("{} has no room for the {role} address of layout {}", self.block(), self.layout.name);
        self.found.push(
            Diagnostic::error(codes::BLOCK_SIZE, found)
                .at("/block")
                .help("order a larger block, or state another layout"),
        );
    }

    fn not_given(&mut self, role: Role) {
        let found =
            format!("which address of {} is the {role} is only to be read at the provider", self.block());
        let help = format!("state it: `{role}:` in a host file, --{role} on the command line");
        let found = Diagnostic::error(codes::ADDRESS_NOT_STATED, found);
        self.found.push(found.at(format!("/{role}")).help(help));
    }

    fn taken(&mut self, offset: u128, path: &str) {
        let address = self.block().nth(offset).map(|a| a.to_string()).unwrap_or_default();
        let run = self.runs.at(offset);
        let name = run.and_then(|run| run.name.clone());
        let role = run.map(|run| run.role.to_string()).unwrap_or_default();
        let owner = name.as_ref().map_or(role.clone(), |name| format!("{role} ({name})"));
        let next = self.runs.first_available().and_then(|offset| self.block().nth(offset));
        let found = Diagnostic::error(codes::ADDRESS_TAKEN, format!("{address} is taken: {owner}")).at(path);
        // Whoever took it in passing is the one to move, not the one who has stated it.
        let in_passing =
            self.spec.assign.iter().any(|e| e.address.is_none() && Some(&e.name) == name.as_ref());
        self.found.push(match (next, name) {
            (Some(next), Some(name)) if in_passing => found.help(format!(
                "{name} stands before it and took it as the next available: put {name} behind it, or state \
                 {name}'s own address, such as {next}"
            )),
            (Some(next), _) => {
                found.help(format!("the first available address is {next}")).fix(next.to_string())
            }
            (None, _) => found.help("no address is available any more"),
        });
    }

    fn place_reservations(&mut self) {
        for (index, reservation) in self.spec.reserve.iter().enumerate() {
            let path = format!("/reserve/{index}");
            if reservation.purpose.as_deref().is_some_and(|text| text.chars().any(char::is_control)) {
                let found = "the purpose of a reservation has a control character in it";
                self.found.push(
                    Diagnostic::error(codes::ADDRESS_NAME, found)
                        .at(format!("{path}/for"))
                        .help("write it in one line"),
                );
                continue;
            }
            let (first, last) = (reservation.range.first(), reservation.range.last());
            let (Some(from), Some(to)) = (self.block().offset_of(first), self.block().offset_of(last)) else {
                let found = format!("{} is not in {}", reservation.range, self.block());
                self.found.push(
                    Diagnostic::error(codes::ADDRESS_OUTSIDE, found)
                        .at(format!("{path}/range"))
                        .help(format!("reserve within {}-{}", self.block().first(), self.block().last())),
                );
                continue;
            };
            // What the provider keeps stays the provider's: a reservation takes the available addresses in it.
            let mut offset = from;
            let mut took = 0;
            while offset <= to {
                let Some(run) = self.runs.at(offset) else { break };
                let end = (run.first + run.count).min(to + 1);
                if run.role == Role::Available {
                    took += end - offset;
                    self.runs.put(offset, end - offset, Role::Reserved, reservation.purpose.clone());
                }
                offset = end;
            }
            if took == 0 {
                self.taken(from, &format!("{path}/range"));
            }
        }
    }

    fn assign(&mut self) {
        let (free, wanted) = (self.runs.available(), self.spec.assign.len() as u128);
        let mut names = HashSet::new();
        let mut out_of = false;
        for (index, entry) in self.spec.assign.iter().enumerate() {
            let path = format!("/assign/{index}");
            if let Some((why, fix)) = wrong_name(&entry.name) {
                let found = format!("the name {:?} {why}", entry.name);
                let found = Diagnostic::error(codes::ADDRESS_NAME, found).at(format!("{path}/name"));
                let found =
                    found.help("give each virtual machine a host name: letters, digits, hyphens and dots");
                self.found.push(match fix {
                    Some(fix) => found.fix(fix),
                    None => found,
                });
                continue;
            }
            if !names.insert(entry.name.to_ascii_lowercase()) {
                self.found.push(
                    Diagnostic::error(codes::ADDRESS_NAME, format!("the name {:?} stands twice", entry.name))
                        .at(format!("{path}/name"))
                        .help("give each virtual machine a name of its own"),
                );
                continue;
            }
            match entry.address {
                None => out_of |= self.runs.take_next(&entry.name).is_none(),
                Some(address) => match self.block().offset_of(address) {
                    Some(offset) if self.runs.at(offset).is_some_and(|run| run.role == Role::Available) => {
                        self.runs.put(offset, 1, Role::Assigned, Some(entry.name.clone()));
                    }
                    Some(offset) => self.taken(offset, &format!("{path}/address")),
                    None => self.found.push(
                        Diagnostic::error(
                            codes::ADDRESS_OUTSIDE,
                            format!("{address}, for {}, is not in {}", entry.name, self.block()),
                        )
                        .at(format!("{path}/address"))
                        .help("state an address of the block, or leave it out for the next available one"),
                    ),
                },
            }
        }
        if out_of {
            self.exhausted(wanted, free);
        }
    }

    /// A larger block helps only where the user may have the rest of this one.
    fn exhausted(&mut self, wanted: u128, free: u128) {
        let (s, es) = (if wanted == 1 { "" } else { "s" }, if free == 1 { "" } else { "es" });
        let block = self.block();
        let found = format!("{wanted} name{s} for {free} available address{es} of {block}");
        let (why, help) = if self.allocation.delivery == Delivery::Nat {
            (
                ": only the server's own address is delivered here, a virtual machine must not appear on the wire",
                "put the machines behind address translation, with addresses of a network of your own",
            )
        } else if self.allocation.rest_in(self.layout) == Rest::Reserved {
            (
                ": its others are other customers'",
                "order further addresses for the machines and plan them beside it, each as a block of its own",
            )
        } else {
            ("", "name fewer virtual machines or plan a larger block")
        };
        let found = Diagnostic::error(codes::ADDRESSES_EXHAUSTED, format!("{found}{why}"));
        self.found.push(found.at("/assign").help(help));
    }
}
