//! The Rust of the README.

/// Its text between the marks, and it compiles and holds.
#[test]
fn the_example_is_the_readmes_and_holds() -> Result<(), Box<dyn std::error::Error>> {
    // README {
    use esxi_core::plan::{Verdict, plan};
    use esxi_core::reach::Fabric;
    use esxi_core::state::{FactoryNic, factory};

    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse()?, link_up: true };
    let current = factory("7.0".parse()?, &[nic]);
    let mut desired = current.clone();
    desired.dns.servers.push("9.9.9.9".parse()?);
    let change = plan(&current, &desired, &Fabric::default());
    for step in &change.steps {
        println!("{}", step.command.argv().join(" "));
    }
    assert_eq!(change.verdict, Verdict::Guarded); // nobody said what the network around it is
    // } README

    let here = include_str!("library.rs");
    let (_, rest) = here.split_once("    // README {\n").unwrap();
    let (here, _) = rest.split_once("    // } README\n").unwrap();
    let here: String =
        here.lines().map(|line| format!("{}\n", line.strip_prefix("    ").unwrap_or(line))).collect();
    assert_eq!(crate::blocks("rust"), [here]);
    Ok(())
}
