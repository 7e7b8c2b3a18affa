//! Command lines on a host as an installer leaves it: no words break it, a refusal changes nothing, and what a host
//! says of itself afterwards is what it is.
#![no_main]

use esxi_core::model::facts::{self, Form};
use esxi_core::model::{Machine, run};
use esxi_core::state::{FactoryNic, factory};
use libfuzzer_sys::fuzz_target;

// One command line per line; a tab stands between words that may hold blanks, otherwise a blank does.
fuzz_target!(|text: &str| {
    let version = ["6.0", "6.5", "7.0", "8.0", "9.0"][text.len() % 5];
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"];
    let nics = nics.map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    let factory_state = factory(version.parse().unwrap(), &nics);
    let mut machine = Machine::new(factory_state.clone());
    for line in text.lines().take(12) {
        let between = if line.contains('\t') { '\t' } else { ' ' };
        let argv: Vec<String> = line.split(between).map(str::to_owned).collect();
        let before = machine.clone();
        let output = run(&mut machine, &argv, b"");
        assert_eq!(output.changed, machine != before, "{argv:?}");
        assert!(output.status == 0 || machine == before, "{argv:?} was refused and changed the host");
    }
    if machine.state == factory_state {
        return;
    }
    let facts = facts::parse(&facts::collect(&mut machine, Form::Xml, None)).unwrap();
    assert_eq!(facts.state, machine.state);
});
