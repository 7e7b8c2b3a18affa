//! The applet executable of the simulated host, for programs that cannot be their own: a test binary, a Python
//! process. Outside of a jail it does nothing but say so.

use std::io::Write;
use std::process::ExitCode;

fn main() -> ExitCode {
    if let Some(code) = esxi_ssh::sim::applet_main() {
        return code;
    }
    let text =
        "esxi-sim-applet: this program only works inside of a simulated host, under the name of an applet";
    // Without a standard error there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "{text}");
    ExitCode::from(2)
}
