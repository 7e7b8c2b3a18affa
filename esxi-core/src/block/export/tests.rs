use super::*;
use crate::block::{AddressSpec, Assignment, BlockSpec, Catalogue};
use proptest::prelude::*;
use std::collections::BTreeSet;

fn plan(spec: &AddressSpec) -> AddressPlan {
    Catalogue::builtin().plan(spec).unwrap()
}

/// A server's block with a router virtual machine, and an elastic block behind it.
fn two_blocks() -> AddressSpec {
    let mail = Assignment::new("mail").mac("00:50:56:00:00:2a".parse().unwrap());
    let server = BlockSpec::new("147.75.1.8/29".parse().unwrap()).layout("router-vm").assign(mail);
    let elastic = BlockSpec::new("147.75.200.16/30".parse().unwrap()).allocation("elastic").assign("web");
    AddressSpec::new([server, elastic]).provider("packet")
}

#[test]
fn every_name_is_read_back_and_a_slip_is_corrected() {
    for format in ExportFormat::ALL {
        assert_eq!(format.name().parse::<ExportFormat>().unwrap(), format);
    }
    let names: BTreeSet<_> = ExportFormat::ALL.iter().map(|format| format.name()).collect();
    assert_eq!(names.len(), ExportFormat::ALL.len());
    let error = "dnsmask".parse::<ExportFormat>().unwrap_err();
    assert_eq!((error.code.as_str(), error.fix.as_deref()), ("IP042", Some("dnsmasq")));
    let error = "netbox".parse::<ExportFormat>().unwrap_err();
    assert!(error.help.unwrap().contains("netbox-prefixes"));
    assert!("xlsx".parse::<ExportFormat>().unwrap_err().fix.is_none());
}

#[test]
fn nothing_to_say_is_said() {
    // An elastic block alone: no host, no gateway of its own, no names.
    let elastic = BlockSpec::new("147.75.200.16/30".parse().unwrap()).allocation("elastic");
    let mut spec = AddressSpec::new([elastic]).provider("packet");
    spec.router_mac = Some("00:50:56:00:00:2a".parse().unwrap());
    for spec in [spec.clone(), AddressSpec { router_mac: None, ..spec }] {
        for format in ExportFormat::ALL {
            assert!(plan(&spec).export(format, &ExportOptions::default()).ends_with('\n'), "{format}");
        }
    }
}

#[test]
fn table_and_json_are_the_plans_own() {
    let plan = plan(&two_blocks());
    let options = ExportOptions::default();
    assert_eq!(plan.export(ExportFormat::Table, &options), plan.to_string());
    let json: serde_json::Value = serde_json::from_str(&plan.export(ExportFormat::Json, &options)).unwrap();
    assert_eq!(json, serde_json::to_value(&plan).unwrap());
}

#[test]
fn every_text_ends_with_one_line_feed() {
    let plan = plan(&two_blocks());
    for format in ExportFormat::ALL {
        let text = plan.export(format, &ExportOptions::default());
        assert!(text.ends_with('\n') && !text.ends_with("\n\n") && !text.contains('\r'), "{format}");
    }
}

#[test]
fn the_routers_two_sides_have_two_names_and_the_provider_none() {
    let server = BlockSpec::new("147.75.1.8/29".parse().unwrap()).layout("router-vm").assign("router");
    let subnet = BlockSpec::new("147.75.200.16/29".parse().unwrap()).allocation("elastic");
    let subnet = subnet.layout("router-subnet").assign("web");
    let spec = AddressSpec::new([server, subnet]).provider("packet");
    let hosts = plan(&spec).export(ExportFormat::Hosts, &ExportOptions::default());
    assert_eq!(
        hosts,
        "\
# 147.75.1.8/29  packet router-vm
# 147.75.1.9  the provider's gateway
147.75.1.10  router-2
147.75.1.11  esxi
147.75.1.12  router
# 147.75.200.16/29  packet router-subnet
147.75.200.17  router-inside
147.75.200.18  web
"
    );
}

#[test]
fn dhcp_is_for_guests_that_can_use_it() {
    let plan = plan(&two_blocks());
    let text = plan.export(ExportFormat::Dnsmasq, &ExportOptions::default());
    assert!(text.contains("dhcp-range=set:net-147-75-1-8,147.75.1.8,static,255.255.255.248\n"), "{text}");
    assert!(text.contains("dhcp-host=00:50:56:00:00:2a,147.75.1.12,mail\n"), "{text}");
    // Host routes need a route to the gateway first, which DHCP clients do not take.
    assert!(
        text.contains("host-record=web,147.75.200.16\n") && !text.contains("net-147-75-200-16"),
        "{text}"
    );
}

proptest! {
    /// Whatever a purpose says, the map is well-formed, and rows have as many cells as the heading.
    #[test]
    fn no_purpose_breaks_a_format(purpose in "\\PC{1,40}") {
        let reserved = "203.0.113.8/30".parse().unwrap();
        let block = BlockSpec::new("203.0.113.0/28".parse().unwrap()).reserve(reserved, Some(&purpose));
        let spec = AddressSpec::new([block]).provider("generic-onlink");
        // A purpose that the planner refuses is none.
        let Ok(plan) = Catalogue::builtin().plan(&spec) else { return Ok(()) };
        let options = ExportOptions::default();
        let svg = plan.export(ExportFormat::Svg, &options);
        for part in svg.split('<').skip(1) {
            let end = part.find('>').expect("every tag ends");
            prop_assert!(part[..end].matches('"').count() % 2 == 0, "{}", part);
            prop_assert!(!part[end + 1..].contains('>'), "{}", part);
        }
        let csv = plan.export(ExportFormat::Csv, &options);
        for line in csv.lines() {
            let bare: String = line.split('"').step_by(2).collect();
            prop_assert_eq!(bare.matches(',').count(), 8, "{}", line);
        }
        let file = plan.export(ExportFormat::HostFile, &options);
        prop_assert_eq!(file.lines().filter(|line| line.contains("for: ")).count(), 1);
    }
}
