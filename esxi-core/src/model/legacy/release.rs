//! `vmware` and `uname` (verified: 5.5 to 8.0.3, and 7.0.3).

use super::{Machine, Output, not_modelled, words};
use crate::model::show::number;
use crate::version::EsxiVersion;

pub(in crate::model) fn vmware(machine: &mut Machine, argv: &[String]) -> Output {
    let state = &machine.state;
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
    match words(argv)[..] {
        ["-v"] => Output::ok(build),
        ["-l"] => Output::ok(level),
        ["-vl" | "-lv"] | ["-v", "-l"] | ["-l", "-v"] => Output::ok(build + &level),
        ref other => not_modelled("vmware", other),
    }
}

/// When the kernel was built; the model has no date of its own.
const BUILT: &str = "Jan  1 2020 00:00:00";

pub(in crate::model) fn uname(machine: &mut Machine, argv: &[String]) -> Output {
    let (name, release) = (machine.fqdn(), number(machine.state.version));
    let version = format!("#1 SMP Release build-{} {BUILT}", machine.state.build);
    let line = match words(argv)[..] {
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
