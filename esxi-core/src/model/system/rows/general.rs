//! The host as a whole: name, clock, modules, going down, what is on board.

use super::long;
use crate::model::grammar::{Kind, Opt, Row, V5_1, V5_5, V7_0, opt, req, table};

const MODULE: Opt = req('m', "module", Kind::Str, "Name of the module.");
const FORCE: Opt = opt('f', "force", Kind::Flag, "Whatever the module says.");
const REASON: Opt = req('r', "reason", Kind::Str, "Why, for the log.");
const DELAY: Opt = opt('d', "delay", Kind::Int, "Seconds until it begins, 10 to 4294967295.");
const YEAR: Opt = opt('y', "year", Kind::Int, "Year.");
const MONTH: Opt = opt('M', "month", Kind::Int, "Month.");
const DAY: Opt = opt('d', "day", Kind::Int, "Day of the month.");
const HOUR: Opt = opt('H', "hour", Kind::Int, "Hour.");
const MINUTE: Opt = opt('m', "min", Kind::Int, "Minute.");
const SECOND: Opt = opt('s', "sec", Kind::Int, "Second.");
const LOGLEVEL: Kind = Kind::Choice(&["error", "warning", "info", "debug"]);

pub(super) static ROWS: &[Row] = table! {
    "system version get" V5_0 Simple Verified "Show product, version and build." [];
    "system uuid get" V5_0 Bare Verified "Show the system UUID." [];
    "system hostname get" V5_0 Simple Verified "Show host and domain name." [];
    "system hostname set" V5_0 None Verified "Set host and domain name."
        [opt('d', "domain", Kind::Str, "Domain."), opt('f', "fqdn", Kind::Str, "Whole name."),
         opt('H', "host", Kind::Str, "Name without domain.")];
    "system maintenanceMode get" V5_1 Bare Verified "Show whether the host is in maintenance mode." [];
    "system maintenanceMode set" V5_1 None Verified "Enter or leave maintenance mode."
        [req('e', "enable", Kind::Bool, "Enter, or leave."),
         opt('t', "timeout", Kind::Int, "Seconds to wait for guests; 0 waits for ever."),
         opt('m', "vsanmode",
             Kind::Choice(&["ensureObjectAccessibility", "evacuateAllData", "noAction"]),
             "What becomes of vSAN's data.").since(V5_5)];
    "system shutdown poweroff" V5_1 None Verified "Switch the host off; it must be in maintenance mode."
        [DELAY, REASON];
    "system shutdown reboot" V5_1 None Verified "Start the host again; it must be in maintenance mode."
        [DELAY, REASON];
    "system module list" V5_0 Table Verified "List kernel modules."
        [opt('e', "enabled", Kind::Bool, "Only those that are enabled, or not."),
         opt('l', "loaded", Kind::Bool, "Only those that are loaded, or not.")];
    "system module get" V5_0 Simple Verified "Show a module." [MODULE];
    "system module load" V5_0 None Verified "Load a module that is enabled." [FORCE, MODULE];
    "system module set" V5_0 None Verified "Have a module loaded from the next boot on, or not."
        [req('e', "enabled", Kind::Bool, "Loaded with the host."), FORCE, MODULE];
    "system module parameters list" V5_0 Table Verified "List the parameters of a module." [MODULE];
    "system module parameters set" V5_0 None Verified "Set a module's parameters from the next boot on."
        [opt('a', "append", Kind::Flag, "Keep those that are not named.").since(V5_1), FORCE, MODULE,
         req('p', "parameter-string", Kind::Str, "name=value, with blanks between several.")];
    "system ntp get" V7_0 Simple Verified "Show how the clock is kept." [];
    "system ntp set" V7_0 None Verified "Set how the clock is kept."
        [opt('e', "enabled", Kind::Bool, "Run the NTP client."),
         opt('l', "loglevel", LOGLEVEL, "How much it logs."),
         opt('r', "reset", Kind::Flag, "Back to how it came."),
         opt('s', "server", Kind::Str, "Server; they replace those there are.").repeats()];
    "system time get" V5_0 Bare Verified "Show the host's time." [];
    "system time set" V5_0 None Verified "Set the host's time; what is not given stays."
        [DAY, HOUR, MINUTE, MONTH, SECOND, YEAR];
    "system clock get" V6_7 Bare Believed "Show the host's time." [];
    "system clock set" V6_7 None Believed "Set the host's time; what is not given stays."
        [DAY, HOUR, MINUTE, MONTH, SECOND, YEAR];
    "system stats uptime get" V5_0 Bare Verified "Show microseconds since boot." [];
    "system stats installtime get" V5_5 Bare Believed "Show when the host was installed." [];
    "system welcomemsg get" V5_0 Bare Verified "Show the text of the console." [];
    "system welcomemsg set" V5_0 None Verified "Set the text of the console."
        [req('m', "message", Kind::Str, "The text.")];
    "system boot device get" V5_0 Simple Verified "Show what the host booted from." [];
    "system coredump partition get" V5_0 Simple Verified "Show the partition of core dumps." [];
    "system coredump partition list" V5_0 Table Verified "List partitions for core dumps." [];
    "system coredump partition set" V5_0 None Verified "Set the partition of core dumps."
        [opt('e', "enable", Kind::Bool, "Use it, or not."), opt('p', "partition", Kind::Str, "DISK:PARTITION."),
         opt('s', "smart", Kind::Flag, "Take the best one."), opt('u', "unconfigure", Kind::Flag, "Forget it.")];
    "system coredump file get" V5_5 Simple Believed "Show the file of core dumps." [];
    "system coredump file list" V5_5 Table Believed "List files for core dumps." [];
    "system coredump file add" V5_5 None Believed "Make a file for core dumps."
        [opt('a', "auto", Kind::Flag, "Take the best datastore."), opt('d', "datastore", Kind::Str, "Datastore."),
         opt('e', "enable", Kind::Bool, "Use it at once."), opt('f', "file", Kind::Str, "Its name."),
         opt('s', "size", Kind::Int, "Its size in MiB.")];
    "system coredump file set" V5_5 None Believed "Set the file of core dumps."
        [opt('e', "enable", Kind::Bool, "Use it, or not."), opt('p', "path", Kind::Str, "The file."),
         opt('s', "smart", Kind::Flag, "Take the best one."), opt('u', "unconfigure", Kind::Flag, "Forget it.")];
    "system coredump file remove" V5_5 None Believed "Remove a file for core dumps."
        [opt('F', "force", Kind::Flag, "Also the one in use."), opt('f', "file", Kind::Str, "The file.")];
    "system process stats load get" V5_0 Simple Verified "Show the load of the last minutes." [];
    "system process stats running get" V5_0 Bare Verified "Show how many processes there are." [];
    "system secpolicy domain list" V5_0 Table Verified "List the domains of programs and how they are enforced." [];
    "system secpolicy domain set" V5_0 None Verified "Set how a domain is enforced."
        [opt('a', "all-domains", Kind::Flag, "Every domain."),
         req('l', "level", Kind::Choice(&["disabled", "warning", "enforcing"]), "What happens to who breaks it."),
         opt('n', "name", Kind::Str, "The domain.")];
    "system visorfs get" V5_0 Simple Verified "Show the file system in memory." [];
    "system visorfs ramdisk list" V5_0 Table Verified "List the RAM disks." [];
    "system visorfs tardisk list" V5_0 Table Verified "List the archives that the file system is made of." [];
    "system syslog mark" V5_0 None Verified "Write a line into every log."
        [req('s', "message", Kind::Str, "The line.")];
    "system syslog reload" V5_0 None Verified "Have the log daemon read its settings." [];
    "system syslog config get" V5_0 Simple Verified "Show where logs go." [];
    "system syslog config set" V5_0 None Verified "Set where logs go."
        [long("check-ssl-certs", Kind::Bool, "Check certificates.").since(V5_1),
         long("crl-check", Kind::Bool, "Ask whether certificates were revoked.").since(V7_0),
         long("default-rotate", Kind::Int, "Old files that are kept."),
         long("default-size", Kind::Int, "KiB of a file."),
         long("default-timeout", Kind::Int, "Seconds until a lost host is tried again.").since(V5_1),
         long("drop-log-rotate", Kind::Int, "Old files of dropped messages.").since(V5_1),
         long("drop-log-size", Kind::Int, "KiB of such a file.").since(V5_1),
         long("log-level", Kind::Choice(&["debug", "info", "warning", "error"]), "How much the daemon logs.")
             .since(V7_0),
         long("logdir", Kind::Str, "Folder; [datastore] path or an absolute one."),
         long("logdir-unique", Kind::Bool, "In it a folder of the host's name."),
         long("loghost", Kind::Str, "Hosts, as udp://, tcp:// or ssl:// and a name; none with \"\"."),
         long("queue-drop-mark", Kind::Int, "Percentage at which messages are dropped.").since(V5_1),
         long("remote-host-max-msg-len", Kind::Int, "Longest message that is sent.").since(V7_0),
         long("reset", Kind::List, "Options that go back to their default."),
         long("vsan-backing", Kind::Bool, "Allow a folder on vSAN.").since(V7_0),
         long("x509-strict", Kind::Bool, "Check certificates to the letter.").since(V7_0)];
    "system syslog config logger list" V5_0 Headed Verified "List the logs." [];
    "system syslog config logger set" V5_0 None Verified "Set how a log is rotated."
        [long("id", Kind::Str, "The log.").required(),
         long("reset", Kind::List, "size, rotate, or both: back to the default."),
         long("rotate", Kind::Int, "Old files that are kept."), long("size", Kind::Int, "KiB of a file.")];
};
