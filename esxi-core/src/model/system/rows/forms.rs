//! Settings of small services, each one structure with a `get` and a `set`.

use super::long;
use crate::model::grammar::{Kind, Opt, Row, V6_0, V8_0, opt, req, table};

const ENABLE: Opt = req('e', "enable", Kind::Bool, "On or off.");
const ON: Opt = opt('e', "enable", Kind::Bool, "On or off.");
const RESET: Opt = opt('r', "reset", Kind::Flag, "Back to how it came.");
const LOGLEVEL: Kind = Kind::Choice(&["debug", "info", "warning", "error"]);

pub(super) static ROWS: &[Row] = table! {
    "system snmp get" V5_1 Simple Verified "Show the SNMP agent." [];
    "system snmp set" V5_1 None Verified "Set the SNMP agent."
        [opt('a', "authentication", Kind::Str, "Protocol: none, MD5, SHA1 and later ones."),
         opt('c', "communities", Kind::Str, "Communities."), ON, opt('E', "engineid", Kind::Str, "Engine ID."),
         opt('y', "hwsrc", Kind::Choice(&["indications", "sensors"]), "Where events of the hardware come from."),
         opt('s', "largestorage", Kind::Bool, "Tell sizes above 2 TiB."), opt('l', "loglevel", LOGLEVEL, "Log level."),
         opt('n', "notraps", Kind::Str, "Traps that are not sent."), opt('p', "port", Kind::Int, "UDP port."),
         opt('x', "privacy", Kind::Str, "Protocol: none, AES128."), opt('R', "remote-users", Kind::Str, "Users."),
         RESET, opt('C', "syscontact", Kind::Str, "Contact."), opt('L', "syslocation", Kind::Str, "Place."),
         opt('t', "targets", Kind::Str, "Targets, as host@port/community."), opt('u', "users", Kind::Str, "Users."),
         opt('i', "v3targets", Kind::Str, "Targets of version 3.")];
    "system wbem get" V6_5 Simple Believed "Show the CIM service." [];
    "system wbem set" V6_5 None Believed "Set the CIM service."
        [opt('a', "auth", Kind::Choice(&["password", "certificate"]), "How its users are known."), ON,
         opt('l', "loglevel", LOGLEVEL, "Log level."), opt('p', "port", Kind::Int, "TCP port."), RESET,
         opt('W', "ws-man", Kind::Bool, "WS-Management.")];
    "system security fips140 ssh get" V6_7 Simple Verified "Show whether the SSH server keeps to FIPS 140." [];
    "system security fips140 ssh set" V6_7 None Verified "Have the SSH server keep to FIPS 140." [ENABLE];
    "system security keypersistence get" V7_0 Simple Verified "Show whether keys are kept in the TPM." [];
    "system security keypersistence disable" V7_0 None Verified "Keep no keys in the TPM."
        [long("remove-all-stored-keys", Kind::Flag, "Forget those it holds.")];
    "system settings encryption get" V7_0 Simple Verified "Show how the configuration is sealed." [];
    "system settings encryption set" V7_0 None Verified "Set how the configuration is sealed."
        [opt('m', "mode", Kind::Choice(&["NONE", "TPM"]), "NONE or TPM."),
         opt('x', "require-exec-installed-only", Kind::Bool, "Run only what VIBs brought."),
         opt('b', "require-secure-boot", Kind::Bool, "Unseal only after a secure boot.")];
    "system tls server get" V8_0 Simple Verified "Show what TLS the services speak."
        [long("show-profile-defaults", Kind::Flag, "What the profile says."),
         long("show-current-boot-profile", Kind::Flag, "What counts until the next boot.")];
    "system tls server set" V8_0 None Verified "Set what TLS the services speak from the next boot on."
        [opt('p', "profile", Kind::Choice(&["COMPATIBLE", "MANUAL", "NIST_2024"]), "Profile.").required()];
    "system coredump network get" V5_0 Simple Verified "Show the server of core dumps." [];
    "system coredump network set" V5_0 None Verified "Set the server of core dumps."
        [opt('e', "enable", Kind::Bool, "Use it."), opt('v', "interface-name", Kind::Str, "VMkernel adapter."),
         opt('j', "server-ip", Kind::Ip, "Its address.").since(V6_0),
         opt('i', "server-ipv4", Kind::Ip, "Its address."), opt('o', "server-port", Kind::Int, "Its port.")];
    "system syslog config logfilter get" V7_0 Simple Verified "Show whether log filters are used." [];
    "system syslog config logfilter set" V7_0 None Verified "Use log filters."
        [long("log-filtering-enabled", Kind::Bool, "On or off.").required()];
    "system auditrecords get" V6_7 Simple Verified "Show what becomes of audit records." [];
    "system auditrecords local enable" V6_7 None Verified "Keep audit records." [];
    "system auditrecords local disable" V6_7 None Believed "Keep no audit records." [];
    "system auditrecords local set" V6_7 None Verified "Set where audit records are kept."
        [opt('d', "directory", Kind::Str, "Folder."), opt('s', "size", Kind::Int, "MiB, 4 to 100.")];
    "system auditrecords remote enable" V6_7 None Verified "Send audit records to the log hosts." [];
    "system auditrecords remote disable" V6_7 None Believed "Send no audit records." [];
};

const RHTTPPROXY: &[Row] = table! {
    "system security fips140 rhttpproxy get" V6_7 Simple Verified
        "Show whether the HTTP proxy keeps to FIPS 140." [];
    "system security fips140 rhttpproxy set" V6_7 None Verified "Have the HTTP proxy keep to FIPS 140." [ENABLE];
};

/// What 8.0 no longer has.
pub(super) static GONE: &[Row] =
    &[Row { until: Some(V8_0), ..RHTTPPROXY[0] }, Row { until: Some(V8_0), ..RHTTPPROXY[1] }];
