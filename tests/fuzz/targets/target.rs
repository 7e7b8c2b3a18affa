//! `ssh://` addresses: what is read prints as something that reads the same.
#![no_main]

use esxi_ssh::Target;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(target) = text.parse::<Target>() else { return };
    assert_eq!(target.to_string().parse::<Target>().as_ref().ok(), Some(&target), "{target}");
    assert_eq!(target.address(), target.host().parse().ok());
    assert!(!target.known_hosts_name().contains([' ', ',', '\n']));
});
