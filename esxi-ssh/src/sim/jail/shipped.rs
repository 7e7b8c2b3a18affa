//! The files that ESXi ships, as far as scripts look for them, and which of them it keeps.
//!
//! Names and settings are ESXi's; comments are only what tools look for. What is believed is said at the file.

use crate::sim::config::SimConfig;
use esxi_core::EsxiVersion;
use std::collections::BTreeMap;

/// Root's keys.
pub(crate) const AUTHORIZED_KEYS: &str = "/etc/ssh/keys-root/authorized_keys";

/// Run at every boot.
pub(crate) const LOCAL_SH: &str = "/etc/rc.local.d/local.sh";

/// Where the host keeps most of its configuration.
pub(crate) const ESX_CONF: &str = "/etc/vmware/esx.conf";

/// What `local.sh` is when nobody changed it. Tools insert their lines before the last one.
pub(crate) const LOCAL_SH_TEXT: &str = "#!/bin/sh ++group=host/vim/vmvisor/boot\n\n# local configuration options\n\n\
     # Commands that are to run at every boot go before the last line.\n\
     # This script is not run when UEFI Secure Boot is enabled.\n\nexit 0\n";

/// Root's crontab (verified on 6.7 and 7.0). It is shipped anew at every boot.
pub(crate) const CRONTAB: &str = "\
#min hour day mon dow command
1    1    *   *   *   /sbin/tmpwatch.py
1    *    *   *   *   /sbin/auto-backup.sh
0    *    *   *   *   /usr/lib/vmware/vmksummary/log-heartbeat.py
*/5  *    *   *   *   /bin/hostd-probe.sh ++group=host/vim/vmvisor/hostd-probe/stats/sh
00   1    *   *   *   localcli storage core device purge
";

/// Logs that are there from the first boot on.
pub(super) const LOGS: &[&str] = &[
    "auth.log",
    "esxi_install.log",
    "hostd.log",
    "shell.log",
    "syslog.log",
    "vmkernel.log",
    "vmkwarning.log",
    "vobd.log",
];

/// Content by path.
pub(crate) type Files = BTreeMap<String, Vec<u8>>;

/// Files that ESXi keeps over a reboot, as the installer leaves them; the name of each is known to the image or to
/// the configuration store. Other new files under `/etc` vanish (seen on 5.5 and 7.0).
pub(crate) fn kept(config: &SimConfig) -> Files {
    let version = config.machine.state.version;
    let mut keys = String::new();
    for key in &config.authorized_keys {
        keys.push_str(key.trim());
        keys.push('\n');
    }
    let files = [
        (AUTHORIZED_KEYS, keys),
        (LOCAL_SH, LOCAL_SH_TEXT.to_owned()),
        ("/etc/profile.local", String::new()),
        ("/etc/issue", config.banner.clone().unwrap_or_default()),
        ("/etc/motd", motd(version)),
        ("/etc/inetd.conf", inetd_conf(version)),
        ("/etc/nsswitch.conf", "hosts: files dns\n".to_owned()),
        ("/etc/ntp.conf", ntp_conf()),
        ("/etc/services", SERVICES.to_owned()),
        ("/etc/ssh/sshd_config", sshd_config(version, config.max_sessions)),
        ("/etc/vmware/config", VMWARE_CONFIG.to_owned()),
        ("/etc/vmware/hostd/config.xml", HOSTD_CONFIG.to_owned()),
        ("/etc/vmware/license.cfg", LICENSE.to_owned()),
        ("/etc/vmware/settings", String::new()),
        ("/etc/vmware/locker.conf", "/store/packages 0\n".to_owned()),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes())).collect()
}

/// Files that are the same after every boot, whatever was done to them.
pub(super) fn renewed(version: EsxiVersion) -> Files {
    // `~ #` up to 5.5, `[root@host:~]` from 6.0 (verified). The user is written out, because a jail without a
    // user namespace calls it `nobody`.
    let prompt = if version < EsxiVersion::new(6, 0) { r"\w # " } else { r"[root@\h:\w] " };
    let profile = format!(
        "export PATH={}\nexport PS1='{prompt}'\n[ -r /etc/profile.local ] && . /etc/profile.local\n",
        crate::sim::jail::PATH
    );
    let files = [
        ("/etc/profile", profile),
        (
            "/etc/passwd",
            "root:x:0:0:Administrator:/:/bin/sh\nnobody:x:65534:65534:Nobody:/:/bin/sh\n".to_owned(),
        ),
        ("/etc/group", "root:x:0:root\nnobody:x:65534:\n".to_owned()),
        ("/etc/shells", "/bin/sh\n/bin/ash\n".to_owned()),
        ("/etc/vmware-release", format!("VMware ESXi {version}\n")),
        // What the image brought, under the name that its file system gives it beside the changed one.
        ("/etc/vmware/.#license.cfg", LICENSE.to_owned()),
        ("/var/spool/cron/crontabs/root", CRONTAB.to_owned()),
    ];
    files.into_iter().map(|(path, text)| (path.to_owned(), text.into_bytes())).collect()
}

/// Shown after an interactive login (verified from 5.5 to 9.0: its first sentence; the rest is said in our words).
fn motd(version: EsxiVersion) -> String {
    let warning = "\nWARNING:\n   Commands that are run on the ESXi shell are logged. Do not type passwords on the \
                   command line.\n";
    let logged = if version < EsxiVersion::new(6, 0) { "" } else { warning };
    format!(
        "The time and date of this login have been sent to the system logs.\n{logged}\nThe ESXi Shell can be \
         disabled by an administrative user.\n"
    )
}

/// Which services the super-server starts; sshd is one of them up to 7.x (believed).
fn inetd_conf(version: EsxiVersion) -> String {
    let mut text = "# Internet server configuration database\n".to_owned();
    if version < EsxiVersion::new(8, 0) {
        for family in ["tcp", "tcp6"] {
            text.push_str(&format!(
                "ssh      stream   {family}   nowait   root   /usr/lib/vmware/openssh/bin/sshd     sshd \
                 ++swap,group=host/vim/vimuser/terminal/ssh -i\n"
            ));
        }
    }
    for family in ["tcp", "tcp6"] {
        text.push_str(&format!(
            "authd    stream   {family}   nowait   root   /sbin/authd       authd ++group=host/vim/vimuser/terminal\n"
        ));
    }
    text
}

/// What ntpd is to grant others; servers follow (the restrictions are verified, the order is believed).
fn ntp_conf() -> String {
    "restrict default nomodify notrap nopeer noquery\nrestrict 127.0.0.1\nrestrict -6 ::1\n\
     driftfile /etc/ntp.drift\n"
        .to_owned()
}

const SERVICES: &str = "\
ftp\t\t21/tcp
ssh\t\t22/tcp
domain\t\t53/tcp
domain\t\t53/udp
http\t\t80/tcp
ntp\t\t123/udp
https\t\t443/tcp
syslog\t\t514/udp
authd\t\t902/tcp
";

const VMWARE_CONFIG: &str = "\
libdir = \"/usr/lib/vmware\"
authd.proxy.nfc = \"vmware-hostd:ha-nfc\"
authd.proxy.nfcssl = \"vmware-hostd:ha-nfcssl\"
authd.client.port = \"902\"
authd.soapserver = \"TRUE\"
";

/// The elements that administrators are told to edit (believed: their place and defaults).
const HOSTD_CONFIG: &str = "\
<config>
   <version>6.6.0.0</version>
   <workingDir>/var/log/vmware</workingDir>
   <log>
      <directory>/var/log/vmware/</directory>
      <level>verbose</level>
      <maxFileNum>8</maxFileNum>
      <name>hostd</name>
      <outputToSyslog>true</outputToSyslog>
   </log>
   <plugins>
      <hostsvc>
         <esxAdminsGroup>ESX Admins</esxAdminsGroup>
         <esxAdminsGroupAutoAdd>true</esxAdminsGroupAutoAdd>
         <esxAdminsGroupUpdateInterval>1</esxAdminsGroupUpdateInterval>
      </hostsvc>
   </plugins>
   <vmacore>
      <ssl>
         <doVersionCheck>false</doVersionCheck>
      </ssl>
      <threadPool>
         <MaxFdsPerThread>2048</MaxFdsPerThread>
      </threadPool>
   </vmacore>
</config>
";

/// The evaluation licence (the elements are verified by the scripts that reset it, the layout is believed).
const LICENSE: &str = "<ConfigRoot>\n  <mode>eval</mode>\n  <owner/>\n</ConfigRoot>\n";

/// What the simulated server does, in the server's own words. Up to 7.x in OpenSSH's spelling; from 8.0 generated
/// from the configuration store, with keys in lower case (verified on 8.0.2).
fn sshd_config(version: EsxiVersion, sessions: usize) -> String {
    const COMMON: &[(&str, &str)] = &[
        ("Protocol", "2"),
        ("Port", "22"),
        ("UsePAM", "yes"),
        ("PermitRootLogin", "yes"),
        ("PrintMotd", "yes"),
        ("PrintLastLog", "no"),
        ("TCPKeepAlive", "yes"),
        ("X11Forwarding", "no"),
        ("AllowTcpForwarding", "no"),
        ("Banner", "/etc/issue"),
        ("Subsystem", "sftp /usr/lib/vmware/openssh/bin/sftp-server -f LOCAL5 -l INFO"),
        ("AuthorizedKeysFile", "/etc/ssh/keys-%u/authorized_keys"),
        ("ClientAliveInterval", "200"),
        ("ClientAliveCountMax", "3"),
        ("MaxStartups", "10:30:100"),
    ];
    const STRICT: &[(&str, &str)] = &[
        ("FipsMode", "yes"),
        ("HostKey", "/etc/ssh/ssh_host_ecdsa_key"),
        ("HostKey", "/etc/ssh/ssh_host_rsa_key"),
        ("Ciphers", "aes256-gcm@openssh.com,aes128-gcm@openssh.com,aes256-ctr,aes192-ctr,aes128-ctr"),
        ("MACs", "hmac-sha2-256,hmac-sha2-512"),
        ("HostbasedAuthentication", "no"),
        ("PermitEmptyPasswords", "no"),
        ("GatewayPorts", "no"),
        ("PermitTunnel", "no"),
        ("PermitUserEnvironment", "no"),
        ("AllowStreamLocalForwarding", "no"),
        ("StrictModes", "yes"),
        ("Compression", "no"),
        ("RekeyLimit", "1G 1H"),
    ];
    let strict = version >= EsxiVersion::new(8, 0);
    let password = if strict { "no" } else { "yes" };
    let more = [("PasswordAuthentication", password.to_owned()), ("MaxSessions", sessions.to_string())];
    let fixed = COMMON.iter().chain(if strict { STRICT } else { &[] });
    let all = fixed.map(|(key, value)| (*key, (*value).to_owned())).chain(more);
    all.map(|(key, value)| {
        let key = if strict { key.to_lowercase() } else { key.to_owned() };
        format!("{key} {value}\n")
    })
    .collect()
}
