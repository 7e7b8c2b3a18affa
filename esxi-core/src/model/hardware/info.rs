//! `esxcfg-info`, as far as it gives single values; the trees of the other modes are not modelled.

use crate::model::family::{Call, Console, not_modelled};
use crate::model::machine::Output;

/// Verified: the UUID in groups of capital digits.
pub(super) fn run(console: &mut Console<'_>, call: &Call<'_>) -> Output {
    let machine = &*console.machine;
    match call.texts()[..] {
        ["-u" | "--hwuuid"] => {
            let digits: String = machine.hardware.uuid.iter().map(|byte| format!("{byte:02X}")).collect();
            let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
            Output::ok(format!(
                "{}-{}-{}-{}-{}\n",
                part(0, 8),
                part(8, 12),
                part(12, 16),
                part(16, 20),
                part(20, 32)
            ))
        }
        // Believed.
        ["-b" | "--bootuuid"] => {
            let links = machine.storage.links();
            let bank = links.iter().find(|(link, _)| link == "/bootbank");
            let uuid = bank.and_then(|(_, target)| target.rsplit('/').next()).unwrap_or_default();
            Output::ok(format!("{uuid}\n"))
        }
        ["-e" | "--boottype"] => Output::ok("visor-thin\n"),
        ref other => not_modelled("esxcfg-info", other),
    }
}
