//! Links the unwinder into the `esxi` executable where that is possible: one shared library fewer to find, map and
//! relocate at every start, which is a tenth of the time that `esxi ip plan` takes. Nothing else of the workspace is
//! touched, and where the static unwinder is not at hand, the shared one stays in use.

use std::env;
use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-env-changed=RUSTC_LINKER");
    if dynamic_glibc() && static_unwinder() {
        // All of it, because the shared library precedes it on the command line: only a definition that is linked
        // in any case takes precedence. The linker drops what is not used.
        println!("cargo:rustc-link-arg-bins=-Wl,--push-state,--whole-archive,-lgcc_eh,--pop-state");
    }
}

/// True when the program is built for this machine's own kind of Linux and the GNU library is shared.
fn dynamic_glibc() -> bool {
    let is = |name, value| env::var(name).is_ok_and(|found| found == value);
    let features = env::var("CARGO_CFG_TARGET_FEATURE").unwrap_or_default();
    is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && env::var_os("TARGET") == env::var_os("HOST")
        && !features.split(',').any(|feature| feature == "crt-static")
}

/// True when the C compiler that links has the unwinder as an archive. It answers with a path if so, else with the
/// bare name.
fn static_unwinder() -> bool {
    let linker = env::var_os("RUSTC_LINKER").unwrap_or_else(|| "cc".into());
    Command::new(linker).arg("-print-file-name=libgcc_eh.a").output().is_ok_and(|answer| {
        let path = String::from_utf8_lossy(&answer.stdout);
        answer.status.success() && Path::new(path.trim()).is_absolute()
    })
}
