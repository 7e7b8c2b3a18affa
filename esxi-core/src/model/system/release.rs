//! `vmware` and `uname` (verified: 5.5 to 8.0.3, and 7.0.3).

use super::number;
use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::Output;
use crate::version::EsxiVersion;

pub(super) fn vmware(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let state = &console.machine.state;
    let version = state.version;
    let build = format!("VMware ESXi {} build-{}\n", number(version), state.build);
    // Two-part from 7.0, three-part before (verified).
    let short = if version >= EsxiVersion::new(7, 0) {
        format!("{}.{}", version.major, version.minor)
    } else {
        number(version)
    };
    let update = match version.update {
        0 => "GA".to_owned(),
        update => format!("Update {update}"),
    };
    let level = format!("VMware ESXi {short} {update}\n");
    match call.texts()[..] {
        ["-v"] => Output::ok(build),
        ["-l"] => Output::ok(level),
        ["-vl" | "-lv"] | ["-v", "-l"] | ["-l", "-v"] => Output::ok(build + &level),
        ref other => not_modelled("vmware", other),
    }
}

/// When the kernel was built; the model has no date of its own.
const BUILT: &str = "Jan  1 2020 00:00:00";

pub(super) fn uname(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &*console.machine;
    let (name, release) = (machine.fqdn(), number(machine.state.version));
    let version = format!("#1 SMP Release build-{} {BUILT}", machine.state.build);
    let line = match call.texts()[..] {
        [] | ["-s"] => "VMkernel".to_owned(),
        ["-a"] => format!("VMkernel {name} {release} {version} x86_64 x86_64 x86_64 ESXi"),
        ["-r"] => release,
        ["-n"] => name,
        ["-m"] => "x86_64".to_owned(),
        ["-v"] => version,
        ref other => return not_modelled("uname", other),
    };
    Output::ok(line + "\n")
}
