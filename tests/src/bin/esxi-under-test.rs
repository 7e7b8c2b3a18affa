//! The `esxi` command under a name that Cargo tells the tests, and the applet of their simulated hosts.

use std::process::ExitCode;

fn main() -> ExitCode {
    esxi_cli::main()
}
