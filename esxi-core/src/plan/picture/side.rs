//! One side: a host, with what differs from the other marked.

use super::PANEL;
use crate::state::{HostState, Ipv4Config, MANAGEMENT_TAG, VSwitch, VmkAdapter};
use crate::svg::{Canvas, INK, QUIET, Rect, Style, cut, escape, fits};
use crate::value::{PortGroupName, SwitchName, VmkName, VmnicName};
use std::collections::BTreeSet;

/// Port groups to the left, the vSwitch as a bar, uplinks to the right.
const GROUPS: f64 = 336.0;
const BAR: f64 = GROUPS + 20.0;
const BAR_WIDTH: f64 = 12.0;
const UPLINKS: f64 = BAR + BAR_WIDTH + 34.0;
const UPLINK_WIDTH: f64 = PANEL - UPLINKS;

const TITLE: f64 = 24.0;
const LINE: f64 = 16.0;
const GAP: f64 = 8.0;
const UPLINK: f64 = 40.0;

pub(super) struct Side<'a> {
    pub(super) host: &'a HostState,
    pub(super) other: &'a HostState,
    pub(super) x: f64,
    pub(super) is_after: bool,
}

/// How a thing stands to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Same,
    Changed,
    /// It is on this side only.
    Only {
        added: bool,
    },
}

impl Mark {
    fn sign(self) -> &'static str {
        match self {
            Mark::Same => "",
            Mark::Changed => "~ ",
            Mark::Only { added: true } => "+ ",
            Mark::Only { added: false } => "− ",
        }
    }
    fn fill(self) -> &'static str {
        match self {
            Mark::Same => "#f6f6f6",
            Mark::Changed => "#fff3cc",
            Mark::Only { added: true } => "#dff3e6",
            Mark::Only { added: false } => "#fbe3e0",
        }
    }
    fn outline(self) -> &'static str {
        match self {
            Mark::Same => r##" rx="3" stroke="#767676""##,
            Mark::Changed => r##" rx="3" stroke="#7a5600" stroke-width="2""##,
            Mark::Only { added: true } => r##" rx="3" stroke="#14602f" stroke-width="2.5""##,
            Mark::Only { added: false } => {
                r##" rx="3" stroke="#a3221a" stroke-width="2" stroke-dasharray="6 3""##
            }
        }
    }
}

impl Side<'_> {
    fn mark<T: PartialEq>(&self, here: &T, there: Option<&T>) -> Mark {
        match there {
            None => Mark::Only { added: self.is_after },
            Some(there) if there == here => Mark::Same,
            Some(_) => Mark::Changed,
        }
    }

    /// Draws a vSwitch below `y` if this host has it; returns where it ends.
    pub(super) fn vswitch(&self, canvas: &mut Canvas, name: &SwitchName, y: f64) -> f64 {
        let Some(switch) = self.host.vswitches.get(name) else { return y };
        let mark = self.mark(switch, self.other.vswitches.get(name));
        let policy = switch.teaming.known().map_or("not understood", |known| known.load_balancing.set_word());
        let title = format!("{}{name}  MTU {}  {policy}", mark.sign(), switch.mtu);
        canvas.push(r#"<g class="vswitch">"#);
        canvas.text(self.x, y + 14.0, Style::new(13.0).bold(), &cut(&title, fits(PANEL, 13.0)));
        let top = y + TITLE;
        let (ends, outs) = (self.groups(canvas, name, top), self.uplinks(canvas, switch, name, top));
        let bottom = ends.iter().chain(&outs).map(|one| one.1).fold(top + 26.0, f64::max);
        let bar = Rect { x: self.x + BAR, y: top, width: BAR_WIDTH, height: bottom - top };
        canvas.rect(bar, mark.fill(), mark.outline());
        for (middle, _) in ends {
            canvas.line((self.x + GROUPS, middle), (self.x + BAR, middle), INK, "");
        }
        canvas.push("</g>\n");
        bottom + 18.0
    }

    /// Draws port groups; returns the middle and the end of each.
    fn groups(&self, canvas: &mut Canvas, switch: &SwitchName, top: f64) -> Vec<(f64, f64)> {
        let mut y = top;
        let mut ends = Vec::new();
        for (name, group) in self.host.port_groups_of(switch) {
            let adapters: Vec<(&VmkName, &VmkAdapter)> =
                self.host.vmkernel.iter().filter(|(_, vmk)| vmk.port_group == *name).collect();
            let there = self.other.port_groups.get(name);
            let mut mark = self.mark(group, there);
            if mark == Mark::Same
                && adapters.iter().any(|(vmk, adapter)| self.other.vmkernel.get(*vmk) != Some(*adapter))
            {
                mark = Mark::Changed;
            }
            let lines: Vec<(bool, String)> = adapters
                .iter()
                .map(|(vmk, adapter)| self.adapter(vmk, adapter))
                .chain((group.vm_ports > 0).then(|| (false, format!("{} VM ports", group.vm_ports))))
                .collect();
            let height = TITLE + LINE * lines.len() as f64;
            let at = Rect { x: self.x, y, width: GROUPS, height };
            canvas.push(&format!(r#"<g class="port-group"><title>{}</title>"#, escape(name)));
            canvas.rect(at, mark.fill(), mark.outline());
            self.group_title(canvas, at, mark, name, group.vlan.get());
            for (row, (bold, line)) in lines.iter().enumerate() {
                let style = if *bold { Style::new(11.0).bold() } else { Style::new(11.0) };
                let baseline = y + TITLE + LINE * row as f64 + 10.0;
                canvas.text(self.x + 20.0, baseline, style, &cut(line, fits(GROUPS - 26.0, 11.0)));
            }
            canvas.push("</g>\n");
            ends.push((y + height / 2.0, y + height));
            y += height + GAP;
        }
        ends
    }

    fn group_title(&self, canvas: &mut Canvas, at: Rect, mark: Mark, name: &PortGroupName, vlan: u16) {
        const SIZE: f64 = 12.0;
        let vlan = match vlan {
            0 => "untagged".to_owned(),
            4095 => "guests tag".to_owned(),
            id => format!("VLAN {id}"),
        };
        let room = fits(at.width - 20.0, SIZE).saturating_sub(vlan.len() + 1);
        let title = cut(&format!("{}{name}", mark.sign()), room);
        canvas.text(at.x + 8.0, at.y + 16.0, Style::new(SIZE), &title);
        canvas.text(at.x + at.width - 8.0, at.y + 16.0, Style::new(SIZE).end().fill(QUIET), &vlan);
    }

    /// A vmkernel adapter as a line; management's is bold.
    fn adapter(&self, name: &VmkName, adapter: &VmkAdapter) -> (bool, String) {
        let mark = self.mark(adapter, self.other.vmkernel.get(name));
        let mut words = vec![format!("{}{name}", mark.sign())];
        words.extend(adapter.addresses().map(|net| net.to_string()));
        if let (Some(Ipv4Config::Dhcp { .. }), None) = (adapter.ipv4.known(), adapter.ipv4_address()) {
            words.push("DHCP".to_owned());
        }
        words.extend(adapter.tags.iter().cloned());
        if !adapter.enabled {
            words.push("disabled".to_owned());
        }
        (adapter.tags.contains(MANAGEMENT_TAG), words.join(" "))
    }

    /// Draws uplinks in failover order; returns the middle and the end of each.
    fn uplinks(&self, canvas: &mut Canvas, switch: &VSwitch, name: &SwitchName, top: f64) -> Vec<(f64, f64)> {
        let mut y = top;
        let mut ends = Vec::new();
        for (nic, role) in ordered(switch) {
            let there = self.other.vswitches.get(name).filter(|there| there.uplinks.contains(&nic));
            let mark = match there {
                None => Mark::Only { added: self.is_after },
                Some(there) if role_of(there, &nic) == role => Mark::Same,
                Some(_) => Mark::Changed,
            };
            let at = Rect { x: self.x + UPLINKS, y, width: UPLINK_WIDTH, height: UPLINK - GAP };
            canvas.push(r#"<g class="uplink">"#);
            self.card(canvas, at, mark, &nic, role);
            let middle = y + at.height / 2.0;
            let dashes = match role {
                "active" => "",
                "standby" => r#" stroke-dasharray="6 4""#,
                _ => r#" stroke-dasharray="1 4""#,
            };
            canvas.line((self.x + BAR + BAR_WIDTH, middle), (at.x, middle), INK, dashes);
            canvas.push("</g>\n");
            ends.push((middle, y + at.height));
            y += UPLINK;
        }
        ends
    }

    fn card(&self, canvas: &mut Canvas, at: Rect, mark: Mark, nic: &VmnicName, role: &str) {
        canvas.rect(at, mark.fill(), mark.outline());
        let title = format!("{}{nic} {role}", mark.sign());
        canvas.text(at.x + 6.0, at.y + 13.0, Style::new(11.0), &cut(&title, fits(at.width - 10.0, 11.0)));
        let told = self.host.nics.get(nic).map_or_else(String::new, |nic| {
            format!("{} {}", nic.mac, if nic.link_up { "up" } else { "DOWN" })
        });
        let quiet = Style::new(10.0).fill(QUIET);
        canvas.text(at.x + 6.0, at.y + 26.0, quiet, &cut(&told, fits(at.width - 8.0, 10.0)));
    }

    /// Cards without a vSwitch, routes and name servers.
    pub(super) fn rest(&self, canvas: &mut Canvas, y: f64) -> f64 {
        let idle = |host: &HostState| -> BTreeSet<VmnicName> {
            host.nics.keys().filter(|nic| host.vswitch_of_uplink(nic).is_none()).cloned().collect()
        };
        let (here, there) = (idle(self.host), idle(self.other));
        let mut lines: Vec<(Mark, String)> = here
            .iter()
            .map(|nic| (self.mark(nic, there.get(nic)), format!("{nic} attached to no vSwitch")))
            .collect();
        lines.extend(self.host.routes.iter().map(|route| {
            let to = if route.is_default() { "default".to_owned() } else { route.network.to_string() };
            (self.mark(route, self.other.routes.get(route)), format!("route {to} via {}", route.gateway))
        }));
        lines.extend(self.host.dns.servers.iter().map(|server| {
            let there = self.other.dns.servers.iter().find(|there| *there == server);
            (self.mark(server, there), format!("DNS {server}"))
        }));
        lines.extend(self.host.dns.search.iter().map(|domain| {
            let there = self.other.dns.search.iter().find(|there| *there == domain);
            (self.mark(domain, there), format!("search {domain}"))
        }));
        for (row, (mark, line)) in lines.iter().enumerate() {
            let style = if *mark == Mark::Same { Style::new(11.0) } else { Style::new(11.0).bold() };
            let line = cut(&format!("{}{line}", mark.sign()), fits(PANEL, 11.0));
            canvas.text(self.x, y + 10.0 + LINE * row as f64, style, &line);
        }
        canvas.push("\n");
        y + 10.0 + LINE * lines.len() as f64
    }
}

/// Uplinks of a vSwitch in its failover order, the unused last, each with its role.
fn ordered(switch: &VSwitch) -> Vec<(VmnicName, &'static str)> {
    let mut names: Vec<VmnicName> = match switch.teaming.known() {
        Some(teaming) => {
            teaming.order.members().filter(|nic| switch.uplinks.contains(*nic)).cloned().collect()
        }
        None => Vec::new(),
    };
    let others: Vec<VmnicName> = switch.uplinks.iter().filter(|nic| !names.contains(*nic)).cloned().collect();
    names.extend(others);
    names.into_iter().map(|nic| (nic.clone(), role_of(switch, &nic))).collect()
}

fn role_of(switch: &VSwitch, nic: &VmnicName) -> &'static str {
    match switch.teaming.known() {
        Some(teaming) if teaming.order.active.contains(nic) => "active",
        Some(teaming) if teaming.order.standby.contains(nic) => "standby",
        Some(_) => "unused",
        None => "attached",
    }
}
