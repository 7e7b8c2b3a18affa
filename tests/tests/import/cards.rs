//! A card that is not there, or that nothing on ESXi can find, is an error before anything is touched.

use esxi_core::diag::codes;
use esxi_core::import::{ImportOptions, Imported, curtin, netplan};
use esxi_core::spec::{ResolveOptions, resolve};
use esxi_core::state::{FactoryNic, factory};
use esxi_core::teaming::SwitchSide;

const THERE: &str = "{ match: { macaddress: '0c:c4:7a:b5:80:02' } }";
const GONE: &str = "{ match: { macaddress: '0c:c4:7a:b5:80:99' } }";

fn options() -> ImportOptions {
    ImportOptions { switch: Some(SwitchSide::Independent), ..ImportOptions::default() }
}

fn import(network: &str, options: &ImportOptions) -> Imported {
    netplan(&[("netplan.yaml", &format!("network:\n  version: 2\n{network}"))], options)
}

/// A factory-fresh host with one card: vmnic0, 0c:c4:7a:b5:80:02.
fn not_found(imported: Imported) {
    let spec = imported.spec.unwrap_or_else(|| panic!("{:?}", imported.diagnostics));
    let nic = FactoryNic { mac: "0c:c4:7a:b5:80:02".parse().unwrap(), link_up: true };
    let host = factory("7.0".parse().unwrap(), &[nic]);
    let mut resolved = resolve(&spec, &host, ResolveOptions::default());
    resolved.diagnostics.iter_mut().for_each(|finding| imported.source.locate(finding));
    let finding = resolved.diagnostics.iter().find(|d| d.code == codes::NIC_NOT_FOUND);
    assert!(finding.is_some_and(|d| d.is_error() && d.start.is_some()), "{:?}", resolved.diagnostics);
    assert_eq!(resolved.desired, host, "nothing is touched");
}

#[test]
fn every_kind_of_reference_to_a_card_that_is_not_there() {
    for network in [
        format!("  ethernets: {{ a: {THERE}, b: {GONE} }}"),
        format!(
            "  ethernets: {{ a: {THERE}, b: {GONE} }}\n  bonds: {{ c: {{ interfaces: [a, b], parameters: {{ mode: active-backup }} }} }}"
        ),
        format!(
            "  ethernets: {{ a: {THERE}, b: {GONE} }}\n  bonds: {{ c: {{ interfaces: [a, b], parameters: {{ mode: balance-alb, primary: b }} }} }}"
        ),
        format!("  ethernets: {{ b: {GONE} }}\n  vlans: {{ c: {{ id: 7, link: b, dhcp4: true }} }}"),
        format!("  ethernets: {{ b: {GONE} }}\n  bridges: {{ c: {{ interfaces: [b], dhcp4: true }} }}"),
        format!(
            "  ethernets: {{ b: {GONE} }}\n  vlans: {{ c: {{ id: 7, link: b }} }}\n  bridges: {{ d: {{ interfaces: [c], dhcp4: true }} }}"
        ),
        "  ethernets: { vmnic7: { dhcp4: true } }".to_owned(),
        "  ethernets: { b: { match: { name: vmnic7 }, dhcp4: true } }".to_owned(),
    ] {
        not_found(import(&network, &options()));
    }
    let told = ImportOptions {
        nics: [("eno1".to_owned(), "0c:c4:7a:b5:80:99".parse().unwrap())].into(),
        ..options()
    };
    for network in [
        "  ethernets: { eno1: { dhcp4: true } }",
        "  ethernets: { b: { match: { name: 'en*' }, dhcp4: true } }",
    ] {
        not_found(import(network, &told));
    }
    let text = "version: 1\nconfig: [{ type: physical, name: e0, mac_address: '0c:c4:7a:b5:80:99', subnets: [{ type: dhcp }] }]";
    not_found(curtin("curtin.yaml", text, &options()));
}

#[test]
fn what_linux_calls_a_card_finds_none_and_the_cure_is_named() {
    for (matched, place) in [
        ("{ match: { name: 'en*' }, dhcp4: true }", "/network/ethernets/a/match/name"),
        ("{ match: { driver: ixgbe }, dhcp4: true }", "/network/ethernets/a/match/driver"),
        (
            "{ match: { name: 'en*', driver: [ixgbe, 'i40*'] }, dhcp4: true }",
            "/network/ethernets/a/match/driver",
        ),
        ("{ dhcp4: true }", "/network/ethernets/a"),
        ("{ match: {}, dhcp4: true }", "/network/ethernets/a"),
    ] {
        let imported = import(&format!("  ethernets: {{ a: {matched} }}"), &options());
        assert!(imported.spec.is_none(), "{matched}");
        let errors: Vec<_> = imported.diagnostics.iter().filter(|d| d.is_error()).collect();
        let [error] = errors.as_slice() else { panic!("{matched}: {errors:?}") };
        assert_eq!(
            (error.code, error.path.as_deref()),
            (codes::CARD_BY_LINUX_NAME, Some(place)),
            "{matched}"
        );
        assert!(error.help.as_deref().unwrap().contains("macaddress"), "{error}");
    }
}

#[test]
fn a_pattern_finds_the_one_card_that_it_fits() {
    let told = ImportOptions {
        nics: [("eno1", "0c:c4:7a:b5:80:02"), ("eth1", "0c:c4:7a:b5:80:03"), ("eth2", "0c:c4:7a:b5:80:04")]
            .map(|(name, mac)| (name.to_owned(), mac.parse().unwrap()))
            .into(),
        ..options()
    };
    let card = |pattern: &str| {
        let imported = import(
            &format!("  ethernets: {{ a: {{ match: {{ name: '{pattern}' }}, dhcp4: true }} }}"),
            &told,
        );
        let spec =
            imported.spec.ok_or_else(|| imported.diagnostics.iter().find(|d| d.is_error()).unwrap().code)?;
        Ok(spec.vswitches().next().unwrap().1.uplinks.as_ref().unwrap()[0].to_string())
    };
    assert_eq!(card("en*"), Ok("0c:c4:7a:b5:80:02".into()));
    assert_eq!(card("eth[2-9]"), Ok("0c:c4:7a:b5:80:04".into()));
    assert_eq!(card("eth*"), Err(codes::CARD_BY_LINUX_NAME));
    assert_eq!(card("wl*"), Err(codes::CARD_BY_LINUX_NAME));
}
