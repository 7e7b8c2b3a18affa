//! Makes the JavaScript side of a compiled `esxi_wasm.wasm`: `bindgen FILE.wasm OUT_DIR`.
//!
//! The generator comes as a library, not as the tool `wasm-bindgen`, because a tool of any other version than
//! the crate's refuses the file; here `Cargo.lock` holds both.

use std::path::Path;
use wasm_bindgen_cli_support::Bindgen;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [input, output] = arguments.as_slice() else {
        return Err("usage: bindgen FILE.wasm OUT_DIR".into());
    };
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(input)
        .web(true)?
        .typescript(true)
        .remove_name_section(true)
        // So that `init()` without an argument finds the wasm file beside the script.
        .omit_default_module_path(false);
    bindgen.generate(Path::new(output))?;
    let package = format!(
        r#"{{
  "name": "esxi-wasm",
  "version": "{}",
  "description": "{}",
  "license": "{}",
  "type": "module",
  "main": "esxi_wasm.js",
  "types": "esxi_wasm.d.ts",
  "files": ["esxi_wasm.js", "esxi_wasm.d.ts", "esxi_wasm_bg.wasm", "esxi_wasm_bg.wasm.d.ts"],
  "sideEffects": false
}}
"#,
        env!("CARGO_PKG_VERSION"),
        env!("CARGO_PKG_DESCRIPTION"),
        env!("CARGO_PKG_LICENSE"),
    );
    std::fs::write(Path::new(output).join("package.json"), package)?;
    Ok(())
}
