//! Command lines of every release, and output in every form: `COMMAND\0OUTPUT`.
#![no_main]

use esxi_core::EsxiVersion;
use esxi_core::model::bundle::{Bundle, Entry, Form};
use esxi_core::model::doctor::doctor;
use esxi_core::model::read::{read, read_text, read_usage, read_xml};
use esxi_core::model::{Machine, NOT_MODELLED, parse, run};
use esxi_core::state::{FactoryNic, factory};
use libfuzzer_sys::fuzz_target;

const RELEASES: [EsxiVersion; 4] =
    [EsxiVersion::new(5, 0), EsxiVersion::new(6, 7), EsxiVersion::new(7, 0), EsxiVersion::new(9, 0)];

fuzz_target!(|text: &str| {
    let (line, output) = text.split_once('\0').unwrap_or((text, text));
    let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    let mut known = false;
    for version in RELEASES {
        match parse(&words, version) {
            Ok(call) => {
                assert!(call.row.exists_in(version));
                known = true;
            }
            Err(error) => assert!(matches!(error.status, 0 | 1 | NOT_MODELLED)),
        }
    }
    survived(output);
    // A host is made only for what is a command: most inputs are none.
    if known {
        understood(&words);
        compared(words, output);
    }
});

/// What a simulated host shows is read without rest.
fn understood(words: &[String]) {
    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
    let mut host = Machine::new(factory(EsxiVersion::new(8, 0), &[nic]));
    for formatter in [&["--formatter=xml"][..], &["--formatter=csv"], &["--debug", "--formatter=json"], &[]] {
        let head = ["esxcli"].iter().chain(formatter).map(|word| (*word).to_owned());
        let argv: Vec<String> = head.chain(words.iter().cloned()).collect();
        let output = run(&mut host, &argv, b"");
        if output.status == 0 && !words.iter().any(|word| word.starts_with('-')) {
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(read(&text).unknown, [], "{argv:?}: {text}");
        }
    }
}

/// Nothing is lost in silence, and lines are those of the text.
fn survived(output: &str) {
    let lines = output.lines().count().max(1);
    for reading in [Some(read(output)), Some(read_text(output)), read_xml(output).ok()].into_iter().flatten() {
        assert!(reading.unknown.iter().all(|one| (1..=lines).contains(&one.line)), "{reading:?}");
    }
    let _ = read_usage(output);
    let _ = Bundle::from_answer(output, false);
    if let Ok(bundle) = Bundle::from_file(output) {
        assert_eq!(Bundle::from_file(&bundle.to_file()), Ok(bundle));
    }
}

/// The doctor looks at anything.
fn compared(words: Vec<String>, output: &str) {
    let argv: Vec<String> = std::iter::once("esxcli".to_owned()).chain(words).collect();
    let entry = |form| Entry { form, argv: argv.clone(), status: 0, output: output.to_owned() };
    let entries = vec![entry(Form::Text), entry(Form::Xml), entry(Form::Help), entry(Form::Shell)];
    doctor(&Bundle { esxi: EsxiVersion::new(7, 0), names_kept: true, entries });
}
