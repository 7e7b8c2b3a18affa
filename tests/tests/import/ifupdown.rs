//! Interfaces files read by ifupdown, and what it would then do compared with what is imported.

#[path = "../guest/tools.rs"]
#[allow(dead_code, reason = "the other tests of such programs use all of it")]
mod tools;

use esxi_core::block::guest::{Guest, GuestAddress, GuestFormat};
use esxi_core::import::{ImportOptions, Imported, ifupdown};
use esxi_core::spec::{HostSpec, Ipv4Spec};
use esxi_core::teaming::SwitchSide;
use ipnet::IpNet;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use tools::{program, run};

/// Addresses and routes.
#[derive(Debug, Default, PartialEq)]
struct Told {
    addresses: BTreeSet<IpNet>,
    routes: BTreeSet<(IpNet, IpAddr)>,
}

/// What ifupdown would do for every interface that it brings up by itself.
fn by_ifupdown(text: &str) -> Told {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("interfaces");
    std::fs::write(&file, text).unwrap();
    let mut ifup = program("/sbin/ifup");
    ifup.args(["--no-act", "--verbose", "--no-scripts", "--no-loopback", "-a", "-i"]).arg(file);
    let said = run(ifup.arg("--state-dir").arg(folder.path()));
    let mut told = Told::default();
    for line in said.lines() {
        let words: Vec<&str> = line.split_whitespace().filter(|word| !matches!(*word, "-6" | "-4")).collect();
        match words[..] {
            ["ip", "addr", "add", address, ..] => {
                // The netmask is written out in IPv4.
                let (host, mask) = address.split_once('/').unwrap();
                let prefix = match mask.parse::<IpAddr>() {
                    Ok(mask) => ipnet::ip_mask_to_prefix(mask).unwrap(),
                    Err(_) => mask.parse().unwrap(),
                };
                told.addresses.insert(IpNet::new(host.parse().unwrap(), prefix).unwrap());
            }
            ["ip", "route", "add" | "replace", to, "via", via, ..] => {
                let via: IpAddr = via.parse().unwrap();
                told.routes.insert((network(to, via), via));
            }
            ["route", "add", "-net", to, "netmask", mask, "gw", via, ..] => {
                let mask: IpAddr = mask.parse().unwrap();
                let to = IpNet::new(to.parse().unwrap(), ipnet::ip_mask_to_prefix(mask).unwrap()).unwrap();
                told.routes.insert((to, via.parse().unwrap()));
            }
            _ => {}
        }
    }
    told
}

fn network(text: &str, via: IpAddr) -> IpNet {
    match text {
        "default" if via.is_ipv4() => "0.0.0.0/0".parse().unwrap(),
        "default" => "::/0".parse().unwrap(),
        text => text.parse().unwrap(),
    }
}

fn by_import(spec: &HostSpec) -> Told {
    let mut told = Told::default();
    for (_, vmk) in spec.vmkernel() {
        if let Some(Ipv4Spec::Static { address, .. }) = vmk.ipv4 {
            told.addresses.insert(address.into());
        }
        let ipv6 = vmk.ipv6.iter().flat_map(|ipv6| ipv6.addresses.iter().flatten());
        told.addresses.extend(ipv6.map(|net| IpNet::V6(*net)));
    }
    let network = spec.network.as_ref().unwrap();
    told.routes.extend(network.gateway.map(|via| ("0.0.0.0/0".parse().unwrap(), via.into())));
    told.routes.extend(network.gateway6.map(|via| ("::/0".parse().unwrap(), via.into())));
    told.routes.extend(spec.routes().map(|(_, route)| (route.to, route.via)));
    told
}

fn import(text: &str) -> Imported {
    let mut options = ImportOptions { switch: Some(SwitchSide::StaticLag), ..ImportOptions::default() };
    for (number, name) in
        ["eth0", "eth1", "eno1", "eno2", "em1", "em2", "enp4s0", "ens192"].into_iter().enumerate()
    {
        let mac = format!("0c:c4:7a:b5:80:{number:02x}").parse().unwrap();
        options.nics.insert(name.into(), mac);
    }
    // What is asked here is what the addresses and routes are, not whether the bond's mode fits.
    if text.contains("active-backup") || text.contains("bond-mode 1") {
        options.switch = Some(SwitchSide::Independent);
    }
    ifupdown(&[("interfaces", text)], &options)
}

fn same(about: &str, text: &str) -> Told {
    let imported = import(text);
    let spec = imported.spec.unwrap_or_else(|| panic!("{about}: {:#?}", imported.diagnostics));
    let told = by_import(&spec);
    assert_eq!(told, by_ifupdown(text), "{about}:\n{text}");
    told
}

#[test]
fn the_goldens_say_what_ifupdown_says() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/ifupdown");
    for case in ["debian-bond", "proxmox", "bond-master"] {
        let text = std::fs::read_to_string(data.join(case).join("interfaces")).unwrap();
        let told = same(case, &text);
        assert!(told.addresses.len() >= 3 && !told.routes.is_empty(), "{case}");
    }
}

#[test]
fn notations_of_addresses_options_and_lines() {
    for (about, options) in [
        ("prefix", "address 192.0.2.10/24\n gateway 192.0.2.1"),
        ("mask", "address 192.0.2.10\n netmask 255.255.255.0\n gateway 192.0.2.1"),
        ("mask behind the slash", "address 192.0.2.10/255.255.255.0"),
        ("length beside it", "address 192.0.2.10\n netmask 24"),
        ("joined lines", "address \\\n   192.0.2.10/24"),
        ("comment", "# gateway 192.0.2.9\n address 192.0.2.10/24\n# end \\\n gateway 192.0.2.1"),
        ("tabs", "address\t192.0.2.10/24\t\n\tgateway\t192.0.2.1"),
        ("route", "address 192.0.2.10/24\n post-up ip route add 10.0.0.0/8 via 192.0.2.254"),
        ("old route", "address 192.0.2.10/24\n up route add -net 10.0.0.0 netmask 255.0.0.0 gw 192.0.2.254"),
    ] {
        let told = same(about, &format!("auto eth0\niface eth0 inet static\n {options}\n"));
        assert_eq!(told.addresses.len(), 1, "{about}");
    }
    let both = "auto eth0\niface eth0 inet static\n address 192.0.2.10/24\niface eth0 inet6 static\n \
                address 2001:db8::10\n netmask 64\n gateway 2001:db8::1\n";
    assert_eq!(same("two families", both).addresses.len(), 2);
    let inherited = "auto eth0\niface lan inet static\n address 192.0.2.10/24\niface eth0 inet static \
                     inherits lan\n gateway 192.0.2.1\n";
    assert_eq!(same("inherited", inherited).routes.len(), 1);
}

/// A file that ifupdown refuses is an error here, too.
#[test]
fn what_ifupdown_refuses_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut refused = 0;
    for text in [
        "address 192.0.2.1/24\n",
        "auto eth0\naddress 192.0.2.1/24\n",
        "iface eth0 inet static\n address\n",
        "iface\n",
        "iface eth0 inet nonsense\n",
        "iface eth0 nonsense static\n",
        "auto eth0\niface eth0 inet static\n address 192.0.2.10/24\nbogus\n",
    ] {
        let file = folder.path().join("interfaces");
        std::fs::write(&file, text).unwrap();
        let mut ifquery = program("/sbin/ifquery");
        ifquery.args(["--list", "-i"]).arg(file).arg("--state-dir").arg(folder.path());
        if !tools::output(&mut ifquery).status.success() {
            refused += 1;
            assert!(import(text).spec.is_none(), "{text}");
        }
    }
    assert!(refused >= 6, "{refused}");
}

/// What is written for a virtual machine's ifupdown reads back as the addresses that were given.
#[test]
fn what_is_written_for_guests_is_read_back() {
    let address =
        |net: &str, via: &str| GuestAddress::new(net.parse().unwrap()).gateway(via.parse().unwrap());
    for addresses in [
        vec![address("192.0.2.11/29", "192.0.2.9")],
        vec![address("192.0.2.11/29", "192.0.2.9"), address("2001:db8:1::5/64", "2001:db8:1::1")],
        vec![GuestAddress::new("10.0.0.5/24".parse().unwrap())],
    ] {
        let guest = Guest::new("web", addresses.clone()).dns(["192.0.2.53".parse().unwrap()]);
        let files = guest.files(GuestFormat::Ifupdown, GuestFormat::Ifupdown.default_card()).unwrap();
        let told = same("guest", &files[0].text);
        assert_eq!(told.addresses, addresses.iter().map(|address| address.address).collect());
    }
}
