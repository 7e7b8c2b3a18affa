//! Giving ESXi's address to a router virtual machine, or moving ESXi to the private side: the steps in their order.

use super::machines::{INSIDE_PORT_GROUP, OUTSIDE_PORT_GROUP};
use super::profile::Space;
use super::{AddressPlan, BlockPlan, Role};
use serde::Serialize;
use std::fmt;
use std::net::IpAddr;

/// What has to be done, in order, so that a router virtual machine gets the address on which ESXi answers now.
///
/// Prints as a numbered list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Handover {
    /// Where ESXi answers now.
    pub from: IpAddr,
    /// Where it answers afterwards.
    pub to: IpAddr,
    /// The steps.
    pub steps: Vec<HandoverStep>,
}

/// One step of a [`Handover`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct HandoverStep {
    /// Where it is done.
    pub place: HandoverPlace,
    /// What is done, in a sentence.
    pub what: String,
    /// A host file to be applied, where the step is a change of ESXi's own network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_file: Option<String>,
    /// Commands that do it, each with its words separated by blanks.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commands: Vec<String>,
}

/// Where a step is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandoverPlace {
    /// On the machine that `esxi` runs on.
    Workstation,
    /// On ESXi, over SSH or on its console.
    Esxi,
    /// In the provider's portal.
    Provider,
    /// On the router virtual machine.
    Router,
}

impl fmt::Display for HandoverPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            HandoverPlace::Workstation => "here",
            HandoverPlace::Esxi => "ESXi",
            HandoverPlace::Provider => "provider",
            HandoverPlace::Router => "router",
        })
    }
}

impl AddressPlan {
    /// The steps from the provider's own layout to this one; `None` where ESXi stays where it is.
    ///
    /// ```
    /// use esxi_core::block::{AddressSpec, BlockSpec, Catalogue};
    ///
    /// let block = BlockSpec::new("147.75.1.8/29".parse()?).layout("router-vm");
    /// let plan = Catalogue::builtin().plan(&AddressSpec::new([block]).provider("packet")).unwrap();
    /// let handover = plan.handover().unwrap();
    /// assert_eq!((handover.from.to_string(), handover.to.to_string()), ("147.75.1.10".into(), "147.75.1.11".into()));
    /// # Ok::<(), esxi_core::block::BlockError>(())
    /// ```
    pub fn handover(&self) -> Option<Handover> {
        let main = self.main()?;
        let from = installed_at(main)?;
        let to = self.management()?;
        if from == to {
            return None;
        }
        let private = self
            .blocks()
            .iter()
            .any(|block| block.allocation().space == Space::Private && block.management() == Some(to));
        let steps =
            if private { self.to_private_side(main, from, to) } else { self.to_next_address(main, from, to) };
        Some(Handover { from, to, steps })
    }

    fn to_next_address(&self, main: &BlockPlan, from: IpAddr, to: IpAddr) -> Vec<HandoverStep> {
        let gateway = main.gateway();
        let mut steps = vec![
            step(
                HandoverPlace::Workstation,
                format!("See that nothing answers on {to} yet: a virtual machine that has it must get another first."),
            )
            .commands([format!("ping -c 3 {to}")]),
            step(
                HandoverPlace::Workstation,
                format!(
                    "Move ESXi from {from} to {to}. The change is armed with its undo: if nobody reaches ESXi at {to}, it \
                     answers at {from} again. Save the host file below as move.yaml, with the `fabric:` that you know."
                ),
            )
            .host_file(host_file(to, main.prefix(), gateway))
            .commands([
                format!("esxi plan move.yaml --host ssh://root@{from}"),
                format!("esxi apply move.yaml --host ssh://root@{from}"),
                format!("esxi verify move.yaml --host ssh://root@{to}"),
            ]),
            step(
                HandoverPlace::Workstation,
                format!("Tell everything that knows ESXi by its address (DNS, monitoring, known_hosts): it is {to} now."),
            ),
        ];
        steps.extend(self.make_router(main, from, gateway));
        steps
    }

    fn to_private_side(&self, main: &BlockPlan, from: IpAddr, to: IpAddr) -> Vec<HandoverStep> {
        let block = self.blocks().iter().find(|block| block.management() == Some(to));
        let mut steps = vec![step(
            HandoverPlace::Provider,
            format!(
                "See that you reach the private network (the provider's VPN) and the server's console: afterwards ESXi \
                 answers on {to} only, and only to clients on that side."
            ),
        )];
        if let Some(private) = &self.profile().private {
            let adapter = private.adapter.as_deref().unwrap_or("the private adapter");
            let port_group = private.port_group.as_deref().unwrap_or("its port group");
            steps.push(
                step(
                    HandoverPlace::Esxi,
                    format!(
                        "Remove {adapter} and port group \"{port_group}\", with it the route to {}: two adapters of one \
                         subnet answer over the wrong one. Over SSH, while ESXi still answers at {from}.",
                        private.subnet
                    ),
                )
                .commands([
                    format!("esxcli network ip interface remove --interface-name={adapter}"),
                    format!("esxcli network vswitch standard portgroup remove --portgroup-name='{port_group}' --vswitch-name=vSwitch0"),
                ]),
            );
        }
        steps.push(
            step(
                HandoverPlace::Esxi,
                format!(
                    "On the console (Configure Management Network, IPv4) set {to}, netmask {}, gateway {}: an SSH session \
                     over {from} would end half way.",
                    block.map(|b| b.netmask().to_string()).unwrap_or_default(),
                    block.and_then(BlockPlan::gateway).map(|g| g.to_string()).unwrap_or_default()
                ),
            ),
        );
        steps.push(
            step(
                HandoverPlace::Workstation,
                format!(
                    "Connect to the private side and log in at {to}; {from} is free for a virtual machine."
                ),
            )
            .commands([format!("esxi facts --host ssh://root@{to}")]),
        );
        steps.extend(self.make_router(main, from, main.gateway()));
        steps
    }

    /// The router virtual machine takes the old address, if the plan gives it that.
    fn make_router(&self, main: &BlockPlan, old: IpAddr, gateway: Option<IpAddr>) -> Vec<HandoverStep> {
        if main.role(old) != Some(Role::Router) {
            return Vec::new();
        }
        let gateway = gateway.map(|gateway| gateway.to_string()).unwrap_or_default();
        let mut steps = vec![
            step(
                HandoverPlace::Esxi,
                format!(
                    "Make a vSwitch without uplinks with port group \"{INSIDE_PORT_GROUP}\": only there are machines apart \
                     from the provider's segment. Then make the router virtual machine: first card on \
                     \"{OUTSIDE_PORT_GROUP}\", second on \"{INSIDE_PORT_GROUP}\"."
                ),
            )
            .host_file(format!(
                "version: 1\nnetwork:\n  vswitches:\n    - name: vSwitch1\n      uplinks: []\n      port_groups:\n        - name: {INSIDE_PORT_GROUP}\n"
            )),
            step(
                HandoverPlace::Router,
                format!(
                    "Give its outer card {old}/{}, gateway {gateway} (`esxi ip router` prints it for VyOS, OPNsense and \
                     Linux), and announce it: the provider's router remembers ESXi's MAC address for it.",
                    main.prefix()
                ),
            )
            .commands([format!("arping -U -c 3 -I ens192 {old}"), format!("ping -c 3 {gateway}")]),
        ];
        let behind: Vec<&BlockPlan> =
            self.blocks().iter().filter(|block| block.next_hop() == Some(old)).collect();
        if !behind.is_empty() {
            let list = behind.iter().map(|block| block.block().to_string()).collect::<Vec<_>>().join(", ");
            steps.push(step(
                HandoverPlace::Provider,
                format!(
                    "Assign {list} to the server: from now on the provider routes them to {old}, the router."
                ),
            ));
            steps.push(
                step(
                    HandoverPlace::Router,
                    format!("See that packets for {list} arrive before a machine has an address of them."),
                )
                .commands([format!("tcpdump -n -i ens192 dst net {}", list.replace(", ", " or "))]),
            );
        }
        steps
    }
}

/// Where the provider's installation puts ESXi: the first layout of the allocation that has a place for it.
fn installed_at(main: &BlockPlan) -> Option<IpAddr> {
    let place = main.allocation().layouts.iter().find_map(|layout| layout.roles.get(Role::Management))?;
    main.block().nth(place.offset(main.block().count())?)
}

fn host_file(address: IpAddr, prefix: u8, gateway: Option<IpAddr>) -> String {
    let mut text = format!(
        "version: 1\nnetwork:\n  vmkernel:\n    - port_group: Management Network\n      ipv4: {{ address: {address}/{prefix} }}\n"
    );
    if let Some(gateway) = gateway {
        text.push_str(&format!("  gateway: {gateway}\n"));
    }
    text
}

fn step(place: HandoverPlace, what: String) -> HandoverStep {
    HandoverStep { place, what, host_file: None, commands: Vec::new() }
}

impl HandoverStep {
    fn commands(mut self, commands: impl IntoIterator<Item = String>) -> Self {
        self.commands = commands.into_iter().collect();
        self
    }
    fn host_file(mut self, text: String) -> Self {
        self.host_file = Some(text);
        self
    }
}

impl fmt::Display for Handover {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "ESXi moves from {} to {}", self.from, self.to)?;
        for (index, step) in self.steps.iter().enumerate() {
            writeln!(f, "\n{}. {}: {}", index + 1, step.place, step.what)?;
            for line in step.host_file.iter().flat_map(|text| text.lines()) {
                writeln!(f, "       {line}")?;
            }
            for command in &step.commands {
                writeln!(f, "     $ {command}")?;
            }
        }
        Ok(())
    }
}
