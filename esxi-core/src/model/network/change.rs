//! What commands change beside the state that plans know: cards up and down and their settings, TCP/IP stacks.

use super::recognise;
use super::show::RINGS;
use super::state::{Card, Stack};
use super::wording as own;
use crate::model::machine::Machine;
use crate::model::parse::Invocation;
use crate::model::run::execute;
use crate::model::wording;
use crate::state::Nic;
use crate::value::{NetstackName, VmkName, VmnicName};

/// Executes a command that changes something.
pub(super) fn change(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let path = call.row.path.strip_prefix("network ").unwrap_or_default();
    if let Some(command) = recognise::command(call, &machine.state).map_err(|refusal| refusal.to_string())? {
        execute(machine, &command)?;
        typed(machine, path, call);
        return Ok(());
    }
    if let Some(path) = path.strip_prefix("nic ") {
        return card(machine, path, call);
    }
    match path {
        "ip dns server remove" if call.flag("all") => machine.state.dns.servers.clear(),
        "ip set" => {
            machine.network.ipv6.off = !call.bool("ipv6-enabled").unwrap_or(!machine.network.ipv6.off)
        }
        "ip netstack add" => add_stack(machine, call)?,
        "ip netstack remove" => remove_stack(machine, call)?,
        "ip netstack set" => set_stack(machine, call)?,
        // A `set` that names nothing to set.
        _ => {}
    }
    Ok(())
}

/// What a typed command does beside changing the state.
fn typed(machine: &mut Machine, path: &str, call: &Invocation) {
    match path {
        // A stack is made by its first adapter, and stays.
        "ip interface add" => {
            let stack = call.get("netstack").and_then(|name| name.parse::<NetstackName>().ok());
            if let Some(stack) = stack.filter(|stack| *stack != NetstackName::default()) {
                machine.network.stacks.entry(stack).or_default();
            }
        }
        // What is told with a type holds for that type.
        "ip interface ipv4 set" => {
            if let Some(name) = call.get("interface-name").and_then(|name| name.parse::<VmkName>().ok()) {
                let leased = call.get("type") == Some("dhcp");
                match call.bool("peer-dns").filter(|dns| *dns != leased) {
                    Some(dns) => machine.network.peer_dns.insert(name, dns),
                    None => machine.network.peer_dns.remove(&name),
                };
            }
        }
        "ip interface remove" => machine.network.tidy(&machine.state),
        _ => {}
    }
}

fn nic<'a>(machine: &'a mut Machine, name: &str) -> Result<&'a mut Nic, String> {
    machine.state.nics.get_mut(name).ok_or_else(|| wording::not_found(&format!("find nic {name}")))
}

fn card(machine: &mut Machine, path: &str, call: &Invocation) -> Result<(), String> {
    let name = call.get("nic-name").or_else(|| call.get("vmnic")).unwrap_or_default();
    nic(machine, name)?;
    match path {
        "down" => return nic_down(machine, name),
        "up" => return nic_up(machine, name),
        _ => {}
    }
    let Ok(parsed) = name.parse::<VmnicName>() else { return Ok(()) };
    let mut card = machine.network.card(name);
    let enable = call.bool("enable").unwrap_or(true);
    match path {
        "set" => set_card(&mut card, call)?,
        "cso set" => card.no_cso = !enable,
        "tso set" => card.no_tso = !enable,
        "sg set" => card.no_sg = !enable,
        "vlan stats set" => card.vlan_stats = enable,
        "pauseParams set" => {
            let [rx, tx, auto] = card.pause.unwrap_or_default();
            let pause = ["rx", "tx", "auto"].map(|option| call.bool(option));
            let pause = [pause[0].unwrap_or(rx), pause[1].unwrap_or(tx), pause[2].unwrap_or(auto)];
            card.pause = (pause != [false; 3]).then_some(pause);
        }
        "ring current set" => set_rings(&mut card, call)?,
        "coalesce set" => {
            for (option, value) in call.values.iter().filter(|(option, _)| option.long != "vmnic") {
                let shown = match call.bool(option.long) {
                    Some(on) if option.long.starts_with("adaptive") => {
                        if on { "On" } else { "Off" }.to_owned()
                    }
                    _ => value.clone(),
                };
                card.coalesce.insert(option.long.to_owned(), shown);
            }
        }
        // Negotiating again ends where it was.
        _ => {}
    }
    machine.network.alter_card(&parsed, |now| *now = card);
    Ok(())
}

/// Speed and duplex go together (believed), as with `esxcfg-nics`.
fn set_card(card: &mut Card, call: &Invocation) -> Result<(), String> {
    let speed =
        call.get("speed").map(|text| text.parse::<u32>().map_err(|_| own::bad_speed(text))).transpose()?;
    match (speed, call.get("duplex")) {
        (Some(speed), Some(duplex)) => card.fixed = Some((speed, duplex == "full")),
        (None, None) => {}
        _ => return Err(own::SPEED_AND_DUPLEX.to_owned()),
    }
    if call.flag("auto") {
        card.fixed = None;
    }
    if let Some(level) = call.get("message-level").and_then(|text| text.parse().ok()) {
        card.messages = level;
    }
    if let Some(wake) = call.get("wake-on-lan") {
        card.wake = wake.contains('g');
    }
    Ok(())
}

fn set_rings(card: &mut Card, call: &Invocation) -> Result<(), String> {
    for &(option, _, usual, largest) in &RINGS {
        let Some(text) = call.get(option) else { continue };
        let size = text.parse::<u32>().ok().filter(|size| *size <= largest);
        let size = size.ok_or_else(|| own::sysinfo("set ring parameters", "Bad parameter"))?;
        if size == usual {
            card.rings.remove(option);
        } else {
            card.rings.insert(option.to_owned(), size);
        }
    }
    Ok(())
}

pub(super) fn nic_down(machine: &mut Machine, name: &str) -> Result<(), String> {
    let card = nic(machine, name)?;
    let was = (card.link_up, card.speed_mbps);
    (card.link_up, card.speed_mbps) = (false, 0);
    if let Ok(name) = name.parse() {
        machine.nics_down.entry(name).or_insert(was);
    }
    Ok(())
}

pub(super) fn nic_up(machine: &mut Machine, name: &str) -> Result<(), String> {
    nic(machine, name)?;
    if let Some((link_up, speed)) = machine.nics_down.remove(name) {
        let card = nic(machine, name)?;
        (card.link_up, card.speed_mbps) = (link_up, speed);
    }
    Ok(())
}

/// The stack named, which must be a name.
fn stack(call: &Invocation) -> Result<NetstackName, String> {
    let text = call.get("netstack").unwrap_or_default();
    text.parse().map_err(|_| wording::bad_value("netstack", text))
}

fn add_stack(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let key = stack(call)?;
    if machine.network.all_stacks(&machine.state).contains(&key) {
        return Err(own::stack_exists(&key));
    }
    let stack = Stack { enabled: !call.flag("disabled"), ..Stack::default() };
    machine.network.stacks.insert(key, stack);
    Ok(())
}

/// A stack with adapters stays; its routes go with it.
fn remove_stack(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let key = stack(call)?;
    let what = format!("remove netstack {key}");
    if !machine.network.all_stacks(&machine.state).contains(&key) {
        return Err(wording::not_found(&what));
    }
    if key == NetstackName::default() || machine.state.vmkernel.values().any(|vmk| vmk.netstack == key) {
        return Err(own::sysinfo(&what, "Busy"));
    }
    machine.network.stacks.remove(&key);
    machine.state.routes.retain(|route| route.netstack != key);
    Ok(())
}

fn set_stack(machine: &mut Machine, call: &Invocation) -> Result<(), String> {
    let key = stack(call)?;
    if !machine.network.all_stacks(&machine.state).contains(&key) {
        return Err(wording::not_found(&format!("find netstack {key}")));
    }
    let connections = call.get("maxconn").map(|text| text.parse::<u32>());
    let connections = connections.transpose().map_err(|_| wording::bad_value("maxconn", ""))?;
    let mut stack = machine.network.stacks.get(&key).cloned().unwrap_or_default();
    stack.cubic = call.get("ccalgo").map_or(stack.cubic, |word| word == "cubic");
    stack.enabled = call.bool("enable").unwrap_or(stack.enabled);
    stack.ipv6 = call.bool("ipv6enabled").unwrap_or(stack.ipv6);
    stack.connections = connections.unwrap_or(stack.connections);
    stack.name = call.get("name").map(str::to_owned).or(stack.name);
    if key == NetstackName::default() && stack == Stack::default() {
        machine.network.stacks.remove(&key);
    } else {
        machine.network.stacks.insert(key, stack);
    }
    Ok(())
}
