//! Answers of hosts: none breaks the reader, and a state that was read needs no change to become itself.
//!
//! The first byte chooses: the rest is an answer, or a list of edits to the answer of a host.
#![no_main]

use esxi_core::model::Machine;
use esxi_core::model::facts::{Form, collect, parse};
use esxi_core::plan::plan;
use esxi_core::reach::Fabric;
use esxi_core::state::{FactoryNic, factory};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ANSWERS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| {
    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
    let mut machine = Machine::new(factory("8.0".parse().unwrap(), &[nic]));
    [Form::Xml, Form::Text].map(|form| collect(&mut machine, form, None).into_bytes())
});

fuzz_target!(|bytes: &[u8]| {
    let Some((&choice, rest)) = bytes.split_first() else { return };
    let answer = match choice {
        b'x' => edited(&ANSWERS[0], rest),
        b't' => edited(&ANSWERS[1], rest),
        _ => rest.to_vec(),
    };
    if let Ok(facts) = parse(&String::from_utf8_lossy(&answer)) {
        assert!(plan(&facts.state, &facts.state, &Fabric::default()).steps.is_empty());
    }
});

/// Edits: place (two bytes), how much goes out, how much comes in, and that.
fn edited(answer: &[u8], mut edits: &[u8]) -> Vec<u8> {
    let mut answer = answer.to_vec();
    while let [high, low, out, into, rest @ ..] = edits {
        let at = usize::from(u16::from_be_bytes([*high, *low])) % (answer.len() + 1);
        let until = (at + usize::from(*out)).min(answer.len());
        let (new, rest) = rest.split_at(usize::from(*into).min(rest.len()));
        answer.splice(at..until, new.iter().copied());
        edits = rest;
    }
    answer
}
