//! The `esxi` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    esxi_cli::main()
}
