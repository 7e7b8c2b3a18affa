use super::*;
use crate::model::testgen::{VERSIONS, host};
use crate::model::{Machine, testgen};
use crate::state::{Fact, FactoryNic, Ipv4Config, factory};
use crate::version::EsxiVersion;
use proptest::prelude::*;

fn machine() -> Machine {
    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
    Machine::new(factory(EsxiVersion::new(7, 0), &[nic]))
}

proptest! {
    #![proptest_config(testgen::config())]
    #[test]
    fn what_a_machine_says_is_what_it_is(state in host()) {
        for version in VERSIONS {
            for form in [Form::Xml, Form::Text] {
                let mut machine = Machine::new(state.clone());
                machine.state.version = EsxiVersion { update: state.version.update, patch: state.version.patch, ..version };
                let output = collect(&mut machine, form, None);
                let facts = parse(&output).unwrap();
                prop_assert_eq!(&facts.warnings, &vec![], "{:?}", form);
                prop_assert_eq!(&facts.state, &machine.state, "{:?}", form);
            }
        }
    }

    #[test]
    fn every_command_is_read_back_from_its_words(command in testgen::command()) {
        let empty = factory(EsxiVersion::new(6, 5), &[]);
        for version in VERSIONS {
            let call = crate::model::parse(&command.argv()[1..], version).map_err(|error| error.stdout).unwrap();
            let read = crate::model::command(&call, &empty).unwrap();
            prop_assert_eq!(read.as_ref(), Some(&command));
        }
    }

    #[test]
    fn any_words_are_survived(words in prop::collection::vec("[-=a-z., 0-9é]{0,8}|network|ip|interface|ipv4|set|-i|-t|static", 0..9)) {
        let mut machine = machine();
        for applet in crate::model::applets() {
            let argv: Vec<String> = std::iter::once(applet.to_owned()).chain(words.clone()).collect();
            let before = machine.clone();
            let output = crate::model::run(&mut machine, &argv, b"");
            prop_assert_eq!(output.changed, machine != before);
            prop_assert!(output.status == 0 || !output.changed, "{:?} left a trace", argv);
        }
    }

    #[test]
    fn an_answer_cut_off_anywhere_is_refused(cut in 0_usize..20_000) {
        let whole = collect(&mut machine(), Form::Xml, None);
        let end = whole.rfind(" done").unwrap();
        let mut cut = cut % end;
        while !whole.is_char_boundary(cut) {
            cut -= 1;
        }
        let refused = matches!(parse(&whole[..cut]), Err(FactsError::NoMark | FactsError::Truncated { .. }));
        prop_assert!(refused);
    }

    #[test]
    fn arbitrary_answers_are_survived(body in "(?s).{0,200}", section in 0_usize..21, xml in any::<bool>()) {
        let name = sections::SECTIONS[section].name;
        let form = if xml { "xml" } else { "text" };
        let version = "@9 begin version text 0 \n   Version: 7.0.3\n@9 end\n";
        let answer = format!("@@esxi-facts 1 9\n{version}@9 begin {name} {form} 0 \n{body}\n@9 end\n@9 done\n");
        let _ = parse(&answer);
    }
}

#[test]
fn the_session_and_the_clock_are_read() {
    let session = Session {
        ssh_connection: "203.0.113.9 52110 192.0.2.5 22".into(),
        epoch: 1_700_000_460,
        runs: Vec::new(),
    };
    let facts = parse(&collect(&mut machine(), Form::Xml, Some(&session))).unwrap();
    let seen = facts.session.unwrap();
    assert_eq!((seen.client, seen.server), ("203.0.113.9".parse().unwrap(), "192.0.2.5".parse().unwrap()));
    assert_eq!((facts.epoch, facts.minute), (Some(1_700_000_460), Some(21)));
    let facts = parse(&collect(&mut machine(), Form::Xml, None)).unwrap();
    assert_eq!((facts.session, facts.epoch, facts.minute), (None, None, None));
}

#[test]
fn runs_are_read_and_told() {
    let mut session = Session { ssh_connection: String::new(), epoch: 1_040, runs: Vec::new() };
    assert!(parse(&collect(&mut machine(), Form::Xml, Some(&session))).unwrap().runs.is_empty());
    session.runs = ["r-1|1000 180 260|0||running", "r-0|900 2 5|1|decided|rolled-back step failed 1 Busy"]
        .map(str::to_owned)
        .into();
    let facts = parse(&collect(&mut machine(), Form::Xml, Some(&session))).unwrap();
    assert_eq!(facts.runs.iter().map(|run| run.is_active()).collect::<Vec<_>>(), [true, false]);
    let told: Vec<_> = facts.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(told, ["APPLY012"]);
}

#[test]
fn a_cut_answer_names_its_last_section() {
    let whole = collect(&mut machine(), Form::Xml, None);
    let cut = whole.find("begin vswitch-failover").unwrap() + 30;
    assert_eq!(parse(&whole[..cut]).unwrap_err(), FactsError::Truncated { last: "vswitch-failover".into() });
    assert_eq!(parse("Connection closed").unwrap_err(), FactsError::NoMark);
}

#[test]
fn what_is_missing_is_unknown_and_said() {
    let whole = collect(&mut machine(), Form::Xml, None);
    // The failover policy of vSwitch0 fails, and its security is not asked.
    let failed = whole
        .replace(
            "begin vswitch-failover xml 0 vSwitch0\n<?xml",
            "begin vswitch-failover text 1 vSwitch0\nBusy\n<?xml",
        )
        .replace("begin vswitch-security xml 0 vSwitch0", "begin other xml 0 vSwitch0");
    let facts = parse(&failed).unwrap();
    let switch = &facts.state.vswitches["vSwitch0"];
    assert_eq!(switch.teaming, Fact::Unknown("Busy".into()));
    assert_eq!(switch.security, Fact::Unknown("not reported: vswitch-security vSwitch0".into()));
    let facts = parse(&whole.replace("begin tags", "begin gats")).unwrap();
    assert!(
        facts.warnings.iter().any(|warning| warning.message.contains("tags vmk0")),
        "{:?}",
        facts.warnings
    );
    let gone = whole.replace("begin version", "begin nothing");
    assert!(matches!(parse(&gone), Err(FactsError::NoVersion(_))));
}

/// Parts in other forms are what somebody put in the place of an answer that failed.
#[test]
fn csv_and_json_are_read_where_they_are_given() {
    let mut machine = machine();
    let whole = collect(&mut machine, Form::Xml, None);
    for (form, options) in [("csv", "--formatter=csv"), ("json", "--debug --formatter=json")] {
        let line = format!("esxcli {options} network nic list");
        let argv: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let given = String::from_utf8(crate::model::run(&mut machine, &argv, b"").stdout).unwrap();
        let start = whole.find("begin nics xml 0 \n").unwrap();
        let end = start + whole[start..].find("\n@").unwrap();
        let put = format!("{}begin nics {form} 0 \n{given}{}", &whole[..start], &whole[end..]);
        assert_eq!(parse(&put).unwrap().state, machine.state, "{put}");
    }
}

#[test]
fn a_line_that_is_not_understood_is_said() {
    let whole = collect(&mut machine(), Form::Text, None);
    let damaged = whole.replace("\nVM Network  ", "\nVM Net work that is wider than it may be\nVM Network  ");
    let facts = parse(&damaged).unwrap();
    let [warning] = &facts.warnings[..] else { panic!("{:?}", facts.warnings) };
    assert_eq!(warning.code, crate::diag::codes::FACT_LEFT_OUT);
    assert!(warning.message.contains("line 4 of its answer: VM Net work"), "{}", warning.message);
    assert_eq!(facts.state, machine().state);
}

#[test]
fn a_newer_release_is_read_with_a_warning() {
    let mut machine = machine();
    machine.state.version = EsxiVersion::new(10, 0);
    let facts = parse(&collect(&mut machine, Form::Xml, None)).unwrap();
    assert_eq!(facts.state.version, EsxiVersion::new(10, 0));
    assert_eq!(facts.warnings[0].code, crate::diag::codes::ESXI_NEWER_THAN_KNOWN);
}

/// The second question for an adapter set answers with the same one again, or with another: both are kept once.
#[test]
fn stacks_are_merged() {
    let mut machine = machine();
    let mut other = machine.state.vmkernel["vmk0"].clone();
    other.netstack = "vmotion".parse().unwrap();
    other.port_group = "VM Network".parse().unwrap();
    other.ipv4 = Fact::Known(Ipv4Config::Static { address: "10.8.0.2/24".parse().unwrap(), gateway: None });
    machine.state.vmkernel.insert("vmk1".parse().unwrap(), other);
    let whole = collect(&mut machine, Form::Text, None);
    assert!(whole.contains("begin interfaces text 0 vmotion\n"));
    assert_eq!(parse(&whole).unwrap().state, machine.state);
}

/// The gateway column repeats the stack's default gateway; only another one is the adapter's own.
#[test]
fn the_gateway_column_is_an_override_only_when_it_differs() {
    for (own, read) in [(None, None), (Some("10.8.0.1"), None), (Some("10.8.0.9"), Some("10.8.0.9"))] {
        let mut machine = machine();
        let gateway = |text: Option<&str>| text.map(|text| text.parse().unwrap());
        let config = |own| {
            Fact::Known(Ipv4Config::Static { address: "10.8.0.2/24".parse().unwrap(), gateway: gateway(own) })
        };
        machine.state.vmkernel.get_mut("vmk0").unwrap().ipv4 = config(own);
        machine.state.routes.insert(crate::state::Route {
            netstack: Default::default(),
            network: "0.0.0.0/0".parse().unwrap(),
            gateway: "10.8.0.1".parse().unwrap(),
        });
        let output = collect(&mut machine, Form::Text, None);
        assert!(output.contains(&format!("STATIC        {}", own.unwrap_or("10.8.0.1"))), "{output}");
        assert_eq!(parse(&output).unwrap().state.vmkernel["vmk0"].ipv4, config(read));
    }
}

/// The route of a lease is no static route, and on releases without a gateway column it tells the lease's gateway.
#[test]
fn a_lease_brings_its_gateway_but_no_static_route() {
    for version in [EsxiVersion::new(6, 0), EsxiVersion::new(8, 0)] {
        let mut machine = machine();
        machine.state.version = version;
        let lease = crate::state::Lease {
            address: "10.8.0.2/24".parse().unwrap(),
            gateway: Some("10.8.0.1".parse().unwrap()),
        };
        machine.state.vmkernel.get_mut("vmk0").unwrap().ipv4 =
            Fact::Known(Ipv4Config::Dhcp { lease: Some(lease) });
        let output = collect(&mut machine, Form::Text, None);
        assert!(output.contains("10.8.0.1  vmk0       DHCP"), "{output}");
        let state = parse(&output).unwrap().state;
        assert!(state.routes.is_empty());
        assert_eq!(state.vmkernel, machine.state.vmkernel);
    }
}

#[test]
fn adapters_of_distributed_switches_are_left_out_aloud() {
    let whole = collect(&mut machine(), Form::Text, None);
    let whole = whole.replace("   Portgroup: Management Network", "   Portgroup: N/A");
    let facts = parse(&whole).unwrap();
    assert!(facts.state.vmkernel.is_empty());
    assert!(facts.warnings.iter().any(|warning| warning.code == crate::diag::codes::FACT_LEFT_OUT));
}

#[test]
fn the_script_asks_every_section_once_and_closes_every_loop() {
    let script = script();
    for section in sections::SECTIONS {
        assert!(script.contains(&format!("q {} ", section.name)), "{}", section.name);
    }
    let count = |word: &str| script.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!(count("while "), count("done <<END"));
    assert_eq!(count("done <<END"), count("END"));
    assert!(script.is_ascii() && script.len() < 16_000, "one argument of one exec");
}

#[test]
fn what_is_stored_over_the_network_is_read() {
    let mut machine = machine();
    machine.storage.nfs_servers.extend(["192.0.2.50".to_owned(), "nas.example.net".to_owned()]);
    let commands = [
        "storage nfs add -H 192.0.2.50 -s /a -v nfs1",
        "storage nfs41 add -H 192.0.2.50,nas.example.net -s /b -v nfs2",
        "iscsi software set -e true",
        "iscsi networkportal add -A vmhba64 -n vmk0",
        "iscsi adapter discovery sendtarget add -A vmhba64 -a 192.0.2.60",
        "iscsi adapter discovery statictarget add -A vmhba64 -a 192.0.2.61:3261 -n iqn.2001-04.com.example:x",
    ];
    for command in commands {
        let argv: Vec<String> =
            std::iter::once("esxcli").chain(command.split(' ')).map(str::to_owned).collect();
        let output = crate::model::run::run(&mut machine, &argv, b"");
        assert_eq!(output.status, 0, "{command}: {output:?}");
    }
    for form in [Form::Xml, Form::Text] {
        let storage = parse(&collect(&mut machine, form, None)).unwrap().state.storage;
        let nfs: Vec<_> = storage.nfs.iter().map(|one| (one.name.as_str(), one.servers.join(" "))).collect();
        assert_eq!(
            nfs,
            [("nfs1", "192.0.2.50".to_owned()), ("nfs2", "192.0.2.50 nas.example.net".to_owned())],
            "{form:?}"
        );
        let targets: Vec<&str> = storage.iscsi_targets.iter().map(String::as_str).collect();
        assert_eq!(targets, ["192.0.2.60", "192.0.2.61"], "{form:?}");
        assert_eq!(
            storage.iscsi_ports.iter().map(|vmk| vmk.as_str()).collect::<Vec<_>>(),
            ["vmk0"],
            "{form:?}"
        );
    }
}

#[test]
fn lockdown_mode_is_told() {
    let mut host = machine();
    assert!(!parse(&collect(&mut host, Form::Xml, None)).unwrap().lockdown);
    host.system.lockdown = crate::model::Lockdown::Normal;
    let facts = parse(&collect(&mut host, Form::Xml, None)).unwrap();
    assert!(facts.lockdown);
    assert_eq!(facts.warnings[0].code, crate::diag::codes::LOCKED_DOWN);
}
