use super::*;
use crate::model::{Machine, Memory};
use crate::state::{FactoryNic, factory};

fn answer(version: &str) -> String {
    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
    let mut machine = Machine::new(factory(version.parse().unwrap(), &[nic]));
    let before = machine.clone();
    let answer = collect(&mut machine, &mut Memory::default());
    assert_eq!(machine, before, "asking changes nothing");
    answer
}

#[test]
fn a_bundle_is_written_and_read_again() {
    let bundle = Bundle::from_answer(&answer("6.7"), true).unwrap();
    assert_eq!((bundle.esxi.major, bundle.esxi.minor, bundle.names_kept), (6, 7, true));
    assert_eq!(Bundle::from_file(&bundle.to_file()).unwrap(), bundle);
    let of = |words: &str, form| {
        let asked =
            bundle.entries.iter().filter(|one| one.path().as_deref() == Some(words) && one.form == form);
        asked.collect::<Vec<_>>()
    };
    assert_eq!(of("system version get", Form::Xml)[0].key(), None);
    let groups: Vec<_> = of("network vswitch standard portgroup policy failover get", Form::Text)
        .iter()
        .map(|one| one.key().unwrap())
        .collect();
    assert_eq!(groups, ["Management Network", "VM Network"]);
    assert!(of("network vswitch standard add", Form::Help)[0].output.starts_with("Usage: esxcli network"));
    assert!(of("network vswitch standard add", Form::Text).is_empty(), "only what shows something is run");
}

#[test]
fn an_answer_that_is_cut_off_or_none_is_refused() {
    let whole = answer("8.0");
    let cut = whole.find("begin xml 0 - esxcli --formatter=xml system version get").unwrap();
    let error = Bundle::from_answer(&whole[..cut + 80], false).unwrap_err();
    assert_eq!(error, BundleError::Truncated { last: "esxcli --formatter=xml system version get".into() });
    assert_eq!(Bundle::from_answer("Permission denied", false), Err(BundleError::NoMark));
    let nothing = whole.replace("   Version: 8.0.0", "   Edition: 8.0.0");
    assert_eq!(Bundle::from_answer(&nothing, false), Err(BundleError::NoVersion));
}

#[test]
fn a_damaged_file_is_refused_by_its_line() {
    let file = Bundle::from_answer(&answer("7.0"), false).unwrap().to_file();
    for (text, error) in [
        ("", BundleError::NoBundle),
        ("{\"schema\":1}\n", BundleError::NoBundle),
        ("Usage: esxcli\n", BundleError::NoBundle),
    ] {
        assert_eq!(Bundle::from_file(text), Err(error));
    }
    assert_eq!(
        Bundle::from_file(&file.replacen("\"schema\":1", "\"schema\":2", 1)),
        Err(BundleError::Format(2))
    );
    let damaged = file.replacen("{\"form\":\"xml\"", "{\"form\":\"yaml\"", 1);
    let error = Bundle::from_file(&damaged).unwrap_err();
    assert!(matches!(&error, BundleError::Line { line: 3, why } if why.contains("yaml")), "{error:?}");
    let damaged = file.replacen("\"esxi\":\"7", "\"esxi\":\"x7", 1);
    assert!(matches!(Bundle::from_file(&damaged), Err(BundleError::Line { line: 1, .. })));
}

#[test]
fn the_script_closes_every_loop_and_is_one_argument() {
    let script = script();
    let count = |word: &str| script.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!(count("while "), count("done <<"));
    assert_eq!(count("done <<"), count("END") + count("NAMES"));
    assert!(script.is_ascii() && script.len() < 32_000, "{} bytes", script.len());
    // Nothing that sets something stands among what is run.
    let run = script.lines().filter(|line| line.ends_with(" get") || line.ends_with(" list")).count();
    assert!(run > 50, "{run}");
    let setting = script.split("a help").next().unwrap();
    for verb in [" set", " add", " remove", " reboot"] {
        assert!(!setting.lines().any(|line| line.ends_with(verb)), "{verb}");
    }
}
