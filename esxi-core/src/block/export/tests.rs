use super::*;
use crate::block::{AddressSpec, Assignment, BlockSpec, Catalogue, Role};
use std::collections::BTreeSet;

fn plan(spec: &AddressSpec) -> AddressPlan {
    Catalogue::builtin().plan(spec).unwrap()
}

fn export(spec: &AddressSpec, format: ExportFormat) -> String {
    plan(spec).export(format, &ExportOptions::default())
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
