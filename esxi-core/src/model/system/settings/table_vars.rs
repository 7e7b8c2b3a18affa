//! Options of programs on the host: `/UserVars`, `/Security`, `/Syslog`, `/Config`, `/DCUI`, `/Annotations`.
//!
//! Verified defaults come from VMware's Security Configuration Guides 6.0 to 9.0; the others are believed. Options
//! of `/Syslog`, `/Config`, `/DCUI`, `/Annotations` and `/ScratchConfig` belong to the management agent; that
//! esxcli reaches them under a path with slashes is believed.

use super::{Advanced, ints, texts};
use crate::model::grammar::{V5_0, V5_1, V5_5, V6_0, V6_5, V6_7, V7_0, V8_0, V9_0};

pub(super) static INTS: &[Advanced] = ints! {
    "/UserVars/SuppressShellWarning" Verified 0 1 "Do not warn that the shell or SSH is on." [V5_0 0];
    "/UserVars/SuppressHyperthreadWarning" Verified 0 1
        "Do not warn of hyper-threads that share secrets." [V5_5 0];
    "/UserVars/SuppressCoredumpWarning" Believed 0 1 "Do not warn of a missing place for core dumps." [V6_5 0];
    "/UserVars/SuppressSgxDisabledWarning" Believed 0 1 "Do not warn that SGX is off." [V7_0 0];
    "/UserVars/ESXiShellTimeOut" Verified 0 86400
        "Seconds after which an enabled shell is disabled again; 0 is never." [V5_0 0];
    "/UserVars/ESXiShellInteractiveTimeOut" Verified 0 86400
        "Seconds after which an idle shell is logged out; 0 is never." [V5_1 0];
    "/UserVars/DcuiTimeOut" Verified 0 86400 "Seconds after which an idle console is logged out." [V5_1 600];
    "/UserVars/HostClientSessionTimeout" Verified 0 7200
        "Seconds after which an idle host client is logged out; 0 is never." [V6_0 900];
    "/UserVars/HostClientCEIPOptIn" Believed 0 2
        "Whether usage data is sent: 0 asks, 1 is yes, 2 is no." [V6_0 0];
    "/UserVars/HostClientEnableMOTDNotification" Believed 0 1 "Show the message of the day in the client." [V6_5 1];
    "/UserVars/HostClientEnableVisualEffects" Believed 0 1 "Animate the host client." [V6_0 1];
    "/UserVars/HostClientShowOnlyRecentObjects" Believed 0 1
        "List only what was used lately in the host client." [V6_5 1];
    "/UserVars/HostClientDebugLogging" Believed 0 1 "Log more of the host client." [V6_5 0];
    "/UserVars/ActiveDirectoryVerifyCAMCertificate" Believed 0 1
        "Check the certificate of the domain's authentication proxy." [V5_1 1];
    "/UserVars/ToolsRamdisk" Believed 0 1 "Keep the tools' images in a RAM disk." [V5_0 0];
    "/UserVars/ESXiRebootOnPanic" Believed 0 1 "Start again after a panic of a system program." [V6_5 0];
    "/UserVars/CIMEnabled" Believed 0 1 "Run the CIM service." [V5_0 1];
    "/UserVars/CIMWatchdogInterval" Believed 0 3600 "Seconds between looks at the CIM service." [V5_0 60];
    "/UserVars/EsximageNetTimeout" Believed 5 240 "Seconds to wait for a depot." [V5_0 60];
    "/UserVars/EsximageNetRetries" Believed 0 100 "Further attempts at a depot." [V5_0 10];
    "/UserVars/EsximageNetRateLimit" Believed 0 2147483647 "Most bytes a second from a depot; 0 is no limit." [V5_0 0];
    "/Security/AccountLockFailures" Verified 0 100
        "Failed logins that lock an account; 0 is never." [V6_0 10, V7_0 5];
    "/Security/AccountUnlockTime" Verified 0 604800
        "Seconds after which a locked account opens again." [V6_0 120, V7_0 900];
    "/Security/PasswordHistory" Verified 0 30 "Earlier passwords that may not come back." [V6_5 0, V8_0 5];
    "/Security/PasswordMaxDays" Verified 0 99999 "Days until a password has to change." [V6_7 99999, V7_0 9999, V9_0 99999];
    "/Security/SshSessionLimit" Believed 0 50 "Most SSH connections at a time." [V8_0 50];
    "/Syslog/global/defaultRotate" Believed 1 100 "Old log files that are kept." [V5_0 8];
    "/Syslog/global/defaultSize" Believed 1 10240 "KiB after which a log file is rotated." [V5_0 1024];
    "/Syslog/global/logDirUnique" Verified 0 1 "Put logs into a folder of the host's name." [V5_0 0];
    "/Syslog/global/logCheckSSLCerts" Believed 0 1 "Check the certificates of remote hosts." [V6_5 0, V7_0 1];
    "/Syslog/global/msgQueueDropMark" Verified 1 100 "Percentage of the queue at which messages are dropped." [V6_5 90];
    "/Syslog/global/defaultTimeout" Verified 1 1000000 "Seconds until a lost remote host is tried again." [V6_5 180];
    "/Syslog/global/droppedMsgs/fileRotate" Verified 1 100 "Old files of dropped messages." [V6_5 10];
    "/Syslog/global/droppedMsgs/fileSize" Verified 1 10240 "KiB of a file of dropped messages." [V6_5 100];
    "/Syslog/global/certificate/checkSSLCerts" Verified 0 1 "Check the certificates of remote hosts." [V7_0 1];
    "/Syslog/global/certificate/strictX509Compliance" Verified 0 1 "Check certificates to the letter." [V7_0 0];
    "/Syslog/global/certificate/checkCRL" Believed 0 1 "Ask whether certificates were revoked." [V7_0 0];
    "/Syslog/global/logFiltersEnable" Verified 0 1 "Use log filters." [V7_0 0];
    "/Syslog/global/auditRecord/storageEnable" Verified 0 1 "Keep audit records on the host." [V7_0 0];
    "/Syslog/global/auditRecord/storageCapacity" Verified 4 100 "MiB of audit records." [V7_0 4];
    "/Syslog/global/auditRecord/remoteEnable" Verified 0 1 "Send audit records to the remote hosts." [V7_0 0];
    "/Syslog/global/remoteHost/connectRetryDelay" Believed 1 1000000
        "Seconds until a lost remote host is tried again." [V7_0 180];
    "/Syslog/global/remoteHost/maxMsgLen" Believed 480 16384 "Bytes after which a sent message is cut." [V7_0 1024];
    "/Syslog/global/vsanBacking" Verified 0 1 "Allow logs on a vSAN datastore." [V7_0 0];
    "/Config/HostAgent/plugins/solo/enableMob" Verified 0 1 "Offer the managed object browser." [V5_0 0];
    "/Config/HostAgent/plugins/hostsvc/esxAdminsGroupAutoAdd" Verified 0 1
        "Make a directory's group administrators." [V5_1 1, V9_0 0];
    "/Config/HostAgent/plugins/hostsvc/esxAdminsGroupUpdateInterval" Believed 1 100000
        "Minutes between looks at the group." [V5_1 1];
    "/Config/HostAgent/plugins/vimsvc/authValidateInterval" Verified 0 1000000
        "Minutes between checks of directory accounts." [V5_1 1440, V9_0 90];
    "/Config/HostAgent/vmacore/soap/sessionTimeout" Verified 0 1000000 "Minutes of an idle API session." [V7_0 30];
    "/Config/HostAgent/ssl/keyStore/allowAny" Believed 0 1 "Take any certificate from the store." [V6_5 0];
};

pub(super) static TEXTS: &[Advanced] = texts! {
    "/UserVars/HostClientDefaultConsole" Believed "Console that the host client opens." [V6_0 "webmks"];
    "/UserVars/HostClientWelcomeMessage" Believed "Shown before the host client's login." [V6_5 ""];
    "/UserVars/ProductLockerLocation" Believed
        "Where the tools' images lie." [V5_0 "/locker/packages/vmtoolsRepo/"];
    "/UserVars/ESXiVPsDisabledProtocols" Verified
        "TLS versions that are off." [V6_5 "sslv3", V7_0 "sslv3,tlsv1,tlsv1.1"];
    "/UserVars/ESXiVPsAllowedCiphers" Believed "TLS ciphers that are on." [V6_5 "!aNULL:kECDH+AESGCM:ECDH+AESGCM:RSA+AESGCM:kECDH+AES:ECDH+AES:RSA+AES"];
    "/UserVars/ActiveDirectoryPreferredDomainControllers" Believed "Domain controllers to ask first." [V5_5 ""];
    "/UserVars/HardwareHealthIgnoredSensors" Believed "Sensors that raise no alarm." [V7_0 ""];
    "/Security/PasswordQualityControl" Verified "What a new password has to be like." [
        V5_0 "retry=3 min=8,8,8,7,6",
        V6_0 "retry=3 min=disabled,disabled,disabled,7,7",
        V9_0 "random=0 retry=3 min=disabled,disabled,disabled,7,7",
    ];
    "/Syslog/global/logDir" Verified "Where logs lie." [V5_0 "[] /scratch/log"];
    "/Syslog/global/logHost" Verified "Hosts that logs are sent to." [V5_0 ""];
    "/Syslog/global/logLevel" Verified "Least level that the log daemon tells of itself." [V7_0 "error"];
    "/Syslog/global/auditRecord/storageDirectory" Verified "Where audit records lie." [V7_0 "[] /scratch/auditLog"];
    "/Config/Etc/issue" Verified "Shown before an SSH login." [V6_0 ""];
    "/Config/Etc/Issue" Verified "The same under the name of a guide." [V6_0 ""];
    "/Config/Etc/motd" Believed "Shown after a login." [V6_0 ""];
    "/Config/HostAgent/log/level" Verified "Least level that the agent logs." [V5_0 "verbose", V6_5 "info"];
    "/Config/HostAgent/plugins/hostsvc/esxAdminsGroup" Verified
        "The directory's group of administrators." [V5_1 "ESX Admins"];
    "/DCUI/Access" Verified "Users of the console whatever their role." [V5_1 "root"];
    "/Annotations/WelcomeMessage" Verified "Shown on the console and before a login." [V5_0 ""];
    "/ScratchConfig/ConfiguredScratchLocation" Believed "Where scratch files go after the next boot." [V5_0 ""];
    "/ScratchConfig/CurrentScratchLocation" Believed "Where scratch files go now." [V5_0 "/tmp/scratch"];
    "/Vpx/Vpxa/config/log/level" Believed "Least level that vCenter's agent logs." [V5_1 "verbose"];
};
