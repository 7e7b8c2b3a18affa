//! `storage core`.

mod adapter;
mod claim;
mod device;
mod figures;
mod path;
mod rows;

pub(in crate::model) use adapter::controllers;
pub(super) use adapter::{Adapter, adapters};
pub use claim::ClaimRule;
pub(super) use device::plugin;
pub(super) use path::{chosen as chosen_paths, maximum_io, uid as path_uid};

use crate::model::family::{Answer, Console, Reply};
use crate::model::grammar::Row;
use crate::model::parse::Invocation;
use crate::model::value::{Structure, Value};

pub(super) static ROWS: &[Row] = rows::ROWS;

pub(super) fn run(console: &mut Console<'_>, call: &Invocation) -> Option<Reply> {
    let path = call.row.path.strip_prefix("storage core ")?;
    let machine = &mut *console.machine;
    Some(match path {
        "adapter list" => list(Ok(adapter::list(machine))),
        "adapter rescan" => adapter::rescan(machine, call),
        "adapter stats get" => list(figures::adapters(machine, call)),
        "adapter device list" => list(adapter::devices(machine, call)),
        "adapter capabilities list" => list(adapter::capabilities(machine, call)),
        "claiming autoclaim" | "claiming reclaim" | "claiming unclaim" => claim::claiming(machine, call),
        "claimrule add" => claim::add(machine, call),
        "claimrule list" => list(Ok(claim::list(machine, call))),
        "claimrule load" => claim::load(machine),
        "claimrule move" => claim::shift(machine, call),
        "claimrule remove" => claim::remove(machine, call),
        "claimrule run" => claim::run(machine, call),
        "device list" => list(device::list(machine, call)),
        "device set" => device::set(machine, call),
        "device setconfig" => device::setconfig(machine, call),
        "device capacity list" => list(device::capacity(machine, call)),
        "device partition list" => list(device::partitions(machine, call)),
        "device partition showguid" => list(device::guids(machine, call)),
        "device detached list" => list(device::detached(machine, call)),
        "device detached remove" => device::forget(machine, call),
        "device uidmap list" => list(device::uidmap(machine, call)),
        "device smart get" => list(figures::smart(machine, call)),
        "device stats get" => list(figures::devices(machine, call)),
        "device vaai status get" => list(device::vaai(machine, call)),
        "device world list" => list(device::worlds(machine, call)),
        "device physical get" => figures::physical(machine, call),
        "device raid list" => list(figures::raid(machine, call)),
        "path list" => list(path::list(machine, call)),
        "path set" => path::set(machine, call),
        "path stats get" => list(figures::paths(machine, call)),
        "plugin list" => list(Ok(path::plugins(call))),
        "plugin registration list" => list(Ok(path::registrations(machine, call))),
        _ => return None,
    })
}

fn list(found: Result<Vec<Structure>, String>) -> Reply {
    found.map(|items| Answer::Value(Value::List(items)))
}
