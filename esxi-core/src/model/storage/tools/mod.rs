//! Programs beside esxcli that look at disks and volumes or change them.

mod parted;
mod scsidevs;
mod vmkfstools;
mod volumes;

use crate::model::family::Tool;
use crate::model::machine::Output;

pub(super) static TOOLS: &[Tool] = &[
    Tool { name: "df", run: volumes::df },
    Tool { name: "esxcfg-mpath", run: scsidevs::mpath },
    Tool { name: "esxcfg-nas", run: volumes::nas },
    Tool { name: "esxcfg-rescan", run: volumes::rescan },
    Tool { name: "esxcfg-scsidevs", run: scsidevs::scsidevs },
    Tool { name: "esxcfg-swiscsi", run: volumes::swiscsi },
    Tool { name: "esxcfg-volume", run: volumes::volume },
    Tool { name: "partedUtil", run: parted::run },
    Tool { name: "vdf", run: volumes::vdf },
    Tool { name: "vmkfstools", run: vmkfstools::run },
];

/// What these programs end with when they fail (verified for partedUtil and vmkfstools).
const FAILED: u8 = 255;

/// A failure: what was said before, and why not.
fn failed(stdout: impl Into<String>, stderr: impl std::fmt::Display) -> Output {
    Output {
        stdout: stdout.into().into_bytes(),
        stderr: format!("{stderr}\n").into_bytes(),
        status: FAILED,
        ..Output::default()
    }
}
