//! What first-boot scripts leave: the state that their authors meant, written down by hand.

use crate::elsewhere;
use crate::firstboot::first_boot;
use crate::host::{End, Host, machine};
use crate::kickstart;
use crate::picture::network;

/// What is asked of a host after its first boot.
struct Reached {
    /// Beginning of the kickstart's name; only one may begin so.
    kickstart: &'static str,
    /// The host reboots at the end, and the state is the one after it.
    reboots: bool,
    /// Lines that must stand in the picture of its network, and others, after `!`, that must not.
    network: &'static [&'static str],
    /// Services that start with the host and run.
    services: &'static [&'static str],
    /// Command lines and what they print.
    asked: &'static [(&'static str, &'static str)],
}

const IPV6: &str = "esxcli network ip get | awk '{print $NF}'";
const MAINTENANCE: &str = "esxcli system maintenanceMode get";
const NAME: &str = "hostname";
const NTP: &str = "grep '^server' /etc/ntp.conf";

/// Prints the present value of an advanced option: a number, or a text after `string`.
macro_rules! option {
    ($path:literal) => {
        concat!("esxcli system settings advanced list -o ", $path, " | sed -n 's/^   Int Value: //p'")
    };
    (string $path:literal) => {
        concat!("esxcli system settings advanced list -o ", $path, " | sed -n 's/^   String Value: //p'")
    };
}

const REACHED: &[Reached] = &[
    Reached {
        kickstart: "ConnecttheCloud__ESXI-kickstart-install__esxi7",
        reboots: true,
        network: &[
            "ESXHOST1-prod0: vSwitch0 vlan 0",
            "vMotion: vSwitch0 vlan 0",
            "!VM Network: vSwitch0 vlan 0",
            "vmk1: vMotion mtu 1500 10.255.233.21/24 in vmotion",
            "dns  search test.com",
        ],
        services: &["SSH", "ntpd"],
        asked: &[(IPV6, "false\n"), (MAINTENANCE, "Enabled\n")],
    },
    Reached {
        kickstart: "ItsReidar__automated-esxi-installation__esxi7.cfg-kickstart-config",
        reboots: true,
        // The only card cannot be on both vSwitches: the second stays without.
        network: &[
            "vSwitch0 mtu 9000 on vmnic0 PortId active vmnic0",
            "vSwitch1 mtu 9000 on  PortId active ",
            "Externen: vSwitch0 vlan 108",
            "Infra: vSwitch0 vlan 0",
            "B-users: vSwitch0 vlan 113",
            "ALL-VLANS: vSwitch0 vlan 4095",
            "WAN: vSwitch1 vlan 0",
        ],
        services: &["SSH", "ESXShell"],
        asked: &[
            (IPV6, "false\n"),
            (MAINTENANCE, "Enabled\n"),
            ("esxcli system account list | awk '$1 == \"admin\" {print $2}'", "LABadmin\n"),
            ("esxcli system permission list | awk '$1 == \"admin\" {print $3}'", "Admin\n"),
            ("ls -d /vmfs/volumes/Localstore/0Software", "/vmfs/volumes/Localstore/0Software\n"),
        ],
    },
    Reached {
        kickstart: "Jerrychanglab__ESXi-Kickstart-Deploy__kickstart-____ESXi_8.0U2_SR630",
        reboots: false,
        network: &[
            "vSwitch0 mtu 1500 on vmnic0,vmnic5,vmnic7 Mac active vmnic5,vmnic7",
            "vSwitch1 mtu 1500 on vmnic2,vmnic4 Mac active vmnic2,vmnic4",
            "vSwitch2 mtu 1500 on vmnic3,vmnic6 Mac active vmnic3,vmnic6",
            "Management Network: vSwitch0 vlan 3134 Mac active vmnic5,vmnic7",
            "vLan3134_10.31.34: vSwitch0 vlan 3134",
            "vmk0: Management Network mtu 1500 192.0.2.10/24",
            "0.0.0.0/0 via 192.0.2.1",
        ],
        services: &["SSH", "ESXShell", "ntpd"],
        asked: &[
            (NAME, "ESXi-192-0-2-10.localdomain\n"),
            (
                "esxcli system snmp get | awk '/Communities:|Enable:/ {print $2}'",
                "cyanyellowgreen168\ntrue\n",
            ),
            ("esxcli system ntp get | sed -n 's/^ *Servers: //p'", "10.31.33.11, 10.31.33.12\n"),
            (option!("/UserVars/SuppressShellWarning"), "1\n"),
            (option!(string "/Power/CpuPolicy"), "High Performance\n"),
        ],
    },
    Reached {
        kickstart: "davdmrgn__ESXi-Installer-PXE-Boot__esxi",
        reboots: true,
        network: &["vSwitch1 mtu 1500 on  PortId active ", "Internal Network: vSwitch1 vlan 0"],
        services: &["ntpd"],
        asked: &[
            (IPV6, "false\n"),
            (NTP, "server time.nist.gov\n"),
            (option!("/UserVars/SuppressShellWarning"), "1\n"),
            (option!("/UserVars/HostClientCEIPOptIn"), "2\n"),
            (option!(string "/Misc/PreferredHostName"), "esx-0000\n"),
            ("ls -d /vmfs/volumes/datastore-0000", "/vmfs/volumes/datastore-0000\n"),
        ],
    },
    Reached {
        kickstart: "nmammadov__Nested-ESXi__Workflow_1__ks",
        reboots: false,
        network: &[],
        services: &["SSH"],
        asked: &[(option!("/Net/FollowHardwareMac"), "1\n"), ("grep -c uuid /etc/vmware/esx.conf", "0\n")],
    },
    Reached {
        kickstart: "rahimkhoja__VMware-ESXi-Kickstart__esxi",
        reboots: true,
        network: &[
            "vSwitch0 mtu 1500 on vmnic0,vmnic2,vmnic3 PortId active vmnic0",
            "dns 8.8.8.8 search domain.local",
        ],
        services: &["SSH", "ESXShell", "ntpd", "snmpd"],
        asked: &[
            (NAME, "cloud0.domain.local\n"),
            (MAINTENANCE, "Enabled\n"),
            ("esxcli network firewall ruleset list | awk '$1 == \"snmp\" {print $2}'", "true\n"),
            ("esxcli system snmp get | awk '/Communities:|Enable:/ {print $2}'", "communitystring\ntrue\n"),
            ("grep -o 'server [a-z.]*' /etc/ntp.conf", "server pool.ntp.org\n"),
        ],
    },
    Reached {
        kickstart: "rgl__esxi-vagrant__ks",
        reboots: true,
        network: &["VM Network: vSwitch0 vlan 0"],
        services: &[],
        asked: &[
            (IPV6, "false\n"),
            ("grep ^PasswordAuthentication /etc/ssh/sshd_config", "PasswordAuthentication yes\n"),
        ],
    },
    Reached {
        kickstart: "shell-networks__ESXi-autoinstall__Autodeploy__KS__ESX01",
        reboots: true,
        network: &[
            "vSwitch0 mtu 1500 on vmnic0,vmnic4,vmnic6,vmnic7 IpHash active vmnic0,vmnic4,vmnic6,vmnic7",
            "vSwitch1 mtu 9000 on vmnic2,vmnic3 PortId active vmnic2,vmnic3",
            "vSwitch2 mtu 9000 on vmnic1,vmnic5 IpHash active vmnic1,vmnic5",
            "VMOTION-1: vSwitch0 vlan 49 active vmnic6,vmnic7",
            "iSCSI-2: vSwitch1 vlan 147 active vmnic3",
            "LAN: vSwitch2 vlan 4095",
            "VM_DMZ: vSwitch2 vlan 33",
            "vmk1: VMOTION-1 mtu 1500 10.0.49.11/24 in vmotion",
            "vmk2: VMOTION-2 mtu 1500 10.0.49.12/24 in vmotion",
            "vmk3: iSCSI-1 mtu 9000 10.0.47.11/24",
            "vmk4: iSCSI-2 mtu 9000 10.0.147.12/24",
            "0.0.0.0/0 via 10.0.49.1 in vmotion",
        ],
        services: &["SSH", "ESXShell"],
        asked: &[
            (IPV6, "false\n"),
            (option!("/UserVars/ESXiShellInteractiveTimeOut"), "600\n"),
            (option!(string "/Power/CpuPolicy"), "Balanced\n"),
            ("esxcli software acceptance get", "VMwareCertified\n"),
        ],
    },
    Reached {
        kickstart: "xcat2__xcat-core",
        reboots: true,
        network: &[],
        services: &[],
        asked: &[
            (option!("/VMFS3/EnableBlockDelete"), "0\n"),
            ("esxcli network firewall ruleset list | awk '$1 == \"DHCPv6\" {print $2}'", "true\n"),
            ("chkconfig SSH && echo on", "on\n"),
        ],
    },
];

#[test]
fn first_boots_reach_what_they_are_for() {
    let Some(samples) = elsewhere("ESXI_SAMPLES", "../shared/samples") else { return };
    let kickstarts = kickstart::all(&samples);
    let mut faults = Vec::new();
    for wanted in REACHED {
        let mut named = kickstarts.iter().filter(|one| one.name.starts_with(wanted.kickstart));
        let (Some(kickstart), None) = (named.next(), named.next()) else {
            panic!("not one kickstart is called {}", wanted.kickstart);
        };
        let mut host = Host::start(machine(kickstart.version, 8), |_| ());
        let ends: Vec<End> =
            kickstart.scripts.iter().map(|script| first_boot(&mut host, script).end).collect();
        let mut fault = |what: String| faults.push(format!("{}: {what}", kickstart.name));
        if ends.contains(&End::Down) != wanted.reboots {
            fault(format!("it ended with {ends:?}"));
        }
        let machine = host.sim.machine();
        let picture = network(&machine.state);
        let mut shown = false;
        for line in wanted.network {
            let (line, there) = line.strip_prefix('!').map_or((*line, true), |line| (line, false));
            if picture.lines().any(|one| one == line) != there {
                fault(format!("\"{line}\" is {} there", if there { "not" } else { "still" }));
                shown = true;
            }
        }
        if shown {
            fault(format!("its network is\n{picture}"));
        }
        for service in wanted.services {
            let state = machine.system.services.get(*service);
            if !state.is_some_and(|state| state.on && state.running) {
                fault(format!("{service} is {state:?}"));
            }
        }
        for (line, expected) in wanted.asked {
            let said = host.shell(line, b"").said;
            if said != *expected {
                fault(format!("{line} says {said:?}, not {expected:?}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
