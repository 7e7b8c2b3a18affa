//! The provider profiles of the folder `profiles`, from TOML to JSON: a program that asks for one reads it as quickly as
//! it can be read, and a new file in the folder is all that a new profile takes.
//!
//! What they say is proved by the tests, which read the same files as a user's own.
#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a build that cannot go on stops, and does I/O"
)]

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=profiles");
    #[cfg(feature = "blocks")]
    shipped::write();
}

#[cfg(feature = "blocks")]
mod shipped {
    use std::fmt::Write;
    use std::path::PathBuf;
    use std::{env, fs};

    /// Writes `shipped.rs`: name and JSON of every profile, by name.
    pub fn write() {
        let folder = |name| PathBuf::from(env::var_os(name).expect("cargo sets it"));
        let profiles = folder("CARGO_MANIFEST_DIR").join("profiles");
        let files = fs::read_dir(profiles).expect("the folder profiles can be read");
        let mut files: Vec<PathBuf> = files.map(|file| file.expect("so can its entries").path()).collect();
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        // By name without its ending, for they are searched by it.
        files.sort_by(|a, b| a.file_stem().cmp(&b.file_stem()));
        let mut text = format!("static SHIPPED: [Shipped; {}] = [\n", files.len());
        for path in files {
            let name = path.file_stem().and_then(|name| name.to_str()).expect("a name in UTF-8").to_owned();
            let toml = fs::read_to_string(&path).expect("a text in UTF-8");
            let table: toml::Table =
                toml.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let json = serde_json::to_string(&table).expect("tables have text keys");
            writeln!(text, "    Shipped {{ name: {name:?}, json: {json:?}, profile: OnceLock::new() }},")
                .expect("memory");
        }
        text.push_str("];\n");
        fs::write(folder("OUT_DIR").join("shipped.rs"), text).expect("the output folder can be written");
    }
}
