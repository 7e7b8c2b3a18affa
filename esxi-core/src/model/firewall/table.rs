//! The rule sets of each release as the installer leaves them.
//!
//! Sources: which rule sets there are, which are on, which are required and what their rules are in 6.5: a dump of
//! a host's `config.firewall` (govmomi, `host_firewall_system.go`); the list of 8.0 U2 with all four columns:
//! vmware/dod-compliance-and-automation; names and order of 5.x: a list of 2013. Believed: the releases between,
//! which take the nearest list; the first release of each rule set; the rules of the sets that 6.5 lacks. The
//! order of the rows is the one that 8.0 U2 prints, which the list of 5.x agrees with.

use crate::model::grammar::{V5_0, V5_5, V6_0, V6_5, V6_7, V7_0, V8_0};
use crate::version::EsxiVersion;

/// A rule set of some releases.
#[derive(Debug)]
pub(super) struct RuleSet {
    /// Its id.
    pub name: &'static str,
    /// First release that has it, and first that no longer has it.
    span: (EsxiVersion, Option<EsxiVersion>),
    /// Whether it is on after the installation: up to 6.7, and from 7.0.
    on: (bool, bool),
    /// From 8.0 U2: whether it may be switched by hand, and whether its addresses may be set; what is not, is
    /// its service's business.
    free: (bool, bool),
    /// Its rules.
    pub rules: &'static [Rule],
}

/// One rule.
#[derive(Debug)]
pub(super) struct Rule {
    /// Into the host.
    pub inbound: bool,
    /// TCP, or else UDP.
    pub tcp: bool,
    /// The ports are the receiver's, or else the sender's.
    pub destination: bool,
    /// First and last port.
    pub ports: (u16, u16),
}

const fn rule(inbound: bool, tcp: bool, port: u16) -> Rule {
    Rule { inbound, tcp, destination: true, ports: (port, port) }
}
/// TCP in.
const fn ti(port: u16) -> Rule {
    rule(true, true, port)
}
/// TCP out.
const fn to(port: u16) -> Rule {
    rule(false, true, port)
}
/// UDP in.
const fn ui(port: u16) -> Rule {
    rule(true, false, port)
}
/// UDP out.
const fn uo(port: u16) -> Rule {
    rule(false, false, port)
}
/// TCP out to any port.
const ANY: Rule = to(0).up_to(65_535);

impl Rule {
    /// The same rule for every port up to this one.
    const fn up_to(mut self, last: u16) -> Rule {
        self.ports.1 = last;
        self
    }
    /// The same rule, about the sender's port.
    const fn of_sender(mut self) -> Rule {
        self.destination = false;
        self
    }
}

impl RuleSet {
    /// Whether a release has it.
    fn exists_in(&self, version: EsxiVersion) -> bool {
        version >= self.span.0 && self.span.1.is_none_or(|until| version < until)
    }
    /// Whether it is on after the installation.
    pub fn on(&self, version: EsxiVersion) -> bool {
        if version < V7_0 { self.on.0 } else { self.on.1 }
    }
    /// Whether it may be switched by hand.
    pub fn switchable(&self, version: EsxiVersion) -> bool {
        version < OWNED || self.free.0
    }
    /// Whether its addresses may be set by hand.
    pub fn addressable(&self, version: EsxiVersion) -> bool {
        version < OWNED || self.free.1
    }
    /// Whether it cannot be switched off: the host's own doors, from 6.5. Their service is taken to run; who
    /// types a command came in by one of them.
    pub fn required(&self, version: EsxiVersion) -> bool {
        version >= V6_5 && matches!(self.name, "sshServer" | "vSphereClient")
    }
}

/// The first release in which rule sets may belong to the system, and whose list says so.
pub(super) const OWNED: EsxiVersion = EsxiVersion { update: 2, ..V8_0 };

/// The rule sets of a release, in the order of its list.
pub(super) fn rule_sets(version: EsxiVersion) -> impl Iterator<Item = &'static RuleSet> {
    TABLE.iter().filter(move |one| one.exists_in(version))
}

/// One rule set of a release.
pub(super) fn rule_set(name: &str, version: EsxiVersion) -> Option<&'static RuleSet> {
    rule_sets(version).find(|one| one.name == name)
}

/// Services by their script, with a rule set that is theirs (verified for 6.5: `ntpd`, `sfcbd-watchdog` and `snmpd`;
/// believed for the others).
pub(super) static SERVED: [(&str, &str); 7] = [
    ("dpd", "dpd"),
    ("ntpd", "ntpClient"),
    ("ptpd", "ptpd"),
    ("sfcbd-watchdog", "CIMHttpServer"),
    ("sfcbd-watchdog", "CIMHttpsServer"),
    ("slpd", "CIMSLP"),
    ("snmpd", "snmp"),
];

/// Writes rows: id, first release, last but one, on (old, new), free (switch, addresses), rules.
macro_rules! rule_sets {
    ($($name:literal $since:ident .. $($until:ident)?; $on:ident $new:ident; $switch:ident $addresses:ident;
       [$($rule:expr),*];)*) => {
        &[$(RuleSet {
            name: $name,
            span: ($since, until!($($until)?)),
            on: (is!($on), is!($new)),
            free: (is!($switch), is!($addresses)),
            rules: &[$($rule),*],
        }),*]
    };
}
macro_rules! until {
    () => {
        None
    };
    ($version:ident) => {
        Some($version)
    };
}
/// `y` and `n` keep the table narrow.
macro_rules! is {
    (y) => {
        true
    };
    (n) => {
        false
    };
}

#[rustfmt::skip]
static TABLE: &[RuleSet] = rule_sets! {
    "sshServer"                   V5_0 ..; y y; y y; [ti(22)];
    "sshClient"                   V5_0 ..; n n; y y; [to(22)];
    "nfsClient"                   V5_0 ..; n n; n n; [ANY];
    "nfs41Client"                 V6_0 ..; n n; n n; [ANY];
    "dhcp"                        V5_0 ..; y y; n y; [ui(68), uo(68).of_sender()];
    "dns"                         V5_0 ..; y y; y y; [ui(53), uo(53), to(53)];
    "snmp"                        V5_0 ..; y n; n y; [ui(161)];
    "ntpClient"                   V5_0 ..; n n; n y; [uo(123)];
    "CIMHttpServer"               V5_0 ..; y y; n y; [ti(5988)];
    "CIMHttpsServer"              V5_0 ..; y n; n y; [ti(5989)];
    "CIMSLP"                      V5_0 ..; y n; n y; [ui(427), uo(427), ti(427), to(427)];
    "iSCSI"                       V5_0 ..; n n; n y; [to(3260)];
    "vpxHeartbeats"               V5_0 ..; y y; n y; [uo(902)];
    "updateManager"               V5_0 ..; y y; y y; [to(80), to(9000).up_to(9100)];
    "faultTolerance"              V5_0 ..; y y; y y; [to(80), ti(8300), to(8300)];
    "webAccess"                   V5_0 ..; y y; y y; [ti(80)];
    "vMotion"                     V5_0 ..; y y; n y; [ti(8000), to(8000)];
    "vSphereClient"               V5_0 ..; y y; y y; [ti(902), ti(443)];
    "activeDirectoryAll"          V5_0 ..; n n; n y;
        [uo(88), to(88), uo(123), uo(137), to(139), to(389), uo(389), to(445), uo(464), to(464), to(3268),
         to(7476), ti(2020)];
    "NFC"                         V5_0 ..; y y; n y; [ti(902), to(902)];
    "HBR"                         V5_0 ..; y y; n y; [to(31_031), to(44_046)];
    "ftpClient"                   V5_0 ..; n n; y y; [to(21), ti(20).of_sender()];
    "httpClient"                  V5_0 ..; n n; y y; [to(80), to(443)];
    "gdbserver"                   V5_0 ..; n n; y y; [ti(1000).up_to(9999), ti(50_000).up_to(50_999)];
    "DVFilter"                    V5_0 ..; n n; y y; [ti(2222)];
    "DHCPv6"                      V5_0 ..; y y; n y; [to(547), ti(546), uo(547), ui(546)];
    "DVSSync"                     V5_0 ..; y y; n y; [uo(8302), ui(8301), uo(8301), ui(8302)];
    "syslog"                      V5_0 ..; n n; y y; [uo(514), to(514), to(1514)];
    "IKED"                        V5_0 .. V6_0; n n; y y; [ui(500), uo(500)];
    "WOL"                         V5_0 ..; y y; y y; [uo(9)];
    "vSPC"                        V5_0 ..; n n; y y; [ANY];
    "remoteSerialPort"            V5_0 ..; n n; y y; [ANY, ti(23), ti(1024).up_to(65_535)];
    "netDump"                     V5_0 .. V6_0; y n; y y; [uo(6500)];
    "rdt"                         V5_5 ..; n y; n y; [ti(2233), to(2233)];
    "cmmds"                       V5_5 ..; n y; n y;
        [ui(12_345), ui(23_451), uo(12_345), uo(23_451), ui(12_321), uo(12_321)];
    "vsanvp"                      V5_5 .. V7_0; n n; y y; [ti(8080), to(8080)];
    "rabbitmqproxy"               V5_5 .. V7_0; y n; y y; [to(5671)];
    "ipfam"                       V5_5 ..; n n; y y; [ui(6999), uo(6999)];
    "vvold"                       V6_0 .. V8_0; n n; y y; [ANY];
    "iofiltervp"                  V6_0 ..; y y; n y; [ti(9080)];
    "esxupdate"                   V6_0 ..; n n; n y; [to(443)];
    "vsanEncryption"              V6_5 ..; n n; n n; [ANY];
    "pvrdma"                      V6_5 ..; n n; y y; [to(28_250).up_to(28_761), ti(28_250).up_to(28_761)];
    "vsanhealth-multicasttest"    V6_0 .. V7_0; n n; y y; [uo(5001), ui(5001)];
    "vic-engine"                  V6_7 ..; n n; y y; [to(2377)];
    "etcdClientComm"              V7_0 ..; n y; n y; [ti(2379), to(2379)];
    "etcdPeerComm"                V7_0 ..; n y; n y; [ti(2380), to(2380)];
    "settingsd"                   V7_0 ..; n n; n y; [];
    "vdfs"                        V7_0 ..; n n; n y; [];
    "gstored"                     V7_0 ..; n n; n y; [];
    "trusted-infrastructure-kmxd" V7_0 ..; n n; n n; [];
    "iwarp-pm"                    V7_0 ..; n n; y y; [];
    "ptpd"                        V7_0 ..; n n; n y; [ui(319), ui(320), uo(319), uo(320)];
    "trusted-infrastructure-kmxa" V7_0 ..; n n; n n; [];
    "nvmetcp"                     V7_0 ..; n n; n y; [to(8009), to(4420)];
    "esxio-orchestrator"          V8_0 ..; n n; n y; [];
    "esxioComm"                   V8_0 ..; n n; n y; [];
    "nvmemdns"                    V8_0 ..; n n; n y; [ui(5353), uo(5353)];
    "proxy"                       V8_0 ..; n n; n n; [];
    "dpd"                         V8_0 ..; n n; n y; [];
    "vltd"                        V8_0 ..; n n; n y; [];
    "vsanhealth-unicasttest"      V6_7 ..; n n; n y; [ti(5201), to(5201)];
    "vsanmgmt-https-tunnel"       V8_0 ..; n y; n y; [];
};
