//! What the picture of a change says. That it can be looked at is seen in the tests of the command line.

use crate::plan::plan;
use crate::reach::Fabric;
use crate::state::{FactoryNic, HostState, factory};
use roxmltree::{Document, Node};

fn host() -> HostState {
    let nics = ["0c:c4:7a:b5:80:02", "0c:c4:7a:b5:80:03"]
        .map(|mac| FactoryNic { mac: mac.parse().unwrap(), link_up: true });
    factory("7.0".parse().unwrap(), &nics)
}

/// Texts of a group of a class, left and right side in order.
fn texts(document: &Document<'_>, class: &str) -> Vec<String> {
    let of = |node: &Node<'_, '_>| node.attribute("class") == Some(class);
    let groups = document.descendants().filter(of);
    let text = |node: Node<'_, '_>| {
        let texts = node.children().filter(|child| child.tag_name().name() == "text");
        texts.filter_map(|text| text.text().map(str::to_owned)).collect::<Vec<_>>().join(" | ")
    };
    groups.map(text).collect()
}

#[test]
fn what_differs_is_signed_on_its_side() {
    let current = host();
    let mut desired = current.clone();
    let name = |text: &str| text.parse().unwrap();
    desired.vswitches.get_mut("vSwitch0").unwrap().uplinks.insert(name("vmnic1"));
    desired.port_groups.remove("VM Network");
    let group =
        crate::state::PortGroup { vlan: "20".parse().unwrap(), ..current.port_groups["VM Network"].clone() };
    desired.port_groups.insert("Ops & <more>".parse().unwrap(), group);
    let picture = plan(&current, &desired, &Fabric::default()).to_svg();
    let document = Document::parse(&picture).unwrap();
    let groups = texts(&document, "port-group");
    assert_eq!(groups.len(), 4, "{groups:?}");
    assert!(groups[0].starts_with("Management Network | untagged"), "{groups:?}");
    assert_eq!(groups[1], "− VM Network | untagged");
    assert_eq!(groups[3], "+ Ops & <more> | VLAN 20");
    let uplinks = texts(&document, "uplink");
    assert!(uplinks[0].starts_with("vmnic0 active"), "{uplinks:?}");
    assert!(uplinks[2].starts_with("+ vmnic1 "), "{uplinks:?}");
    assert!(picture.contains("− vmnic1 attached to no vSwitch"));
    let steps = texts(&document, "step");
    assert!(steps.iter().any(|step| step.contains("uplink add")), "{steps:?}");
    assert_eq!(steps.len(), plan(&current, &desired, &Fabric::default()).steps.len());
}

#[test]
fn nothing_to_do_is_drawn_without_signs_or_steps() {
    let picture = plan(&host(), &host(), &Fabric::default()).to_svg();
    let document = Document::parse(&picture).unwrap();
    assert!(texts(&document, "step").is_empty());
    assert!(!texts(&document, "port-group").iter().any(|text| text.contains(['+', '−', '~'])));
}
