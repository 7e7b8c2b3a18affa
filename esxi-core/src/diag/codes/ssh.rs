//! `SSH`: reaching a host.

super::codes! {
    /// Nothing answers at the address: no route, the port is closed, or the name has no address. On an ESXi
    /// host check that SSH is enabled (service `TSM-SSH`) and that the firewall rule set `sshServer` lets this
    /// client in.
    SSH_UNREACHABLE = "SSH001", exit 2, python "ConnectError";
    /// The text does not name a host to reach. Write `ssh://root@203.0.113.10` or, with another port,
    /// `ssh://root@203.0.113.10:2222`; an IPv6 address stands in brackets. A password never belongs there.
    SSH_TARGET_SYNTAX = "SSH002", exit 2, python "SpecError";
    /// The host key is not in any known_hosts file that was read. Compare the fingerprint with the one shown on
    /// the host's own console before adding it: whoever answers may not be the host.
    SSH_HOST_KEY_UNKNOWN = "SSH003", exit 2, python "HostKeyError";
    /// The host shows another key than the one recorded or pinned for it. Either it was installed anew, or
    /// something stands between. Nothing was sent. Compare on the console, then replace the recorded line.
    SSH_HOST_KEY_CHANGED = "SSH004", exit 2, python "HostKeyError";
    /// The host shows a key that a known_hosts file marks `@revoked`.
    SSH_HOST_KEY_REVOKED = "SSH005", exit 2, python "HostKeyError";
    /// A known_hosts file cannot be read or written.
    SSH_KNOWN_HOSTS_FILE = "SSH006", exit 2, python "HostKeyError";
    /// The host accepted none of the keys and methods that were tried. ESXi 8 and later run in FIPS mode and
    /// refuse ed25519 keys without saying so: use an RSA (2048 bits or more) or ECDSA key.
    SSH_AUTH_REFUSED = "SSH007", exit 2, python "AuthError";
    /// The host refused the password. It is not sent again by this process, because ESXi locks an account after
    /// a few failures (`Security.AccountLockFailures`: 10 up to 6.7, 5 since 7.0) and then refuses the right password
    /// as well. Give the right password, or log in by key.
    SSH_PASSWORD_REFUSED = "SSH008", exit 2, python "AuthError";
    /// A key file cannot be used: it is missing, not a private key, or its passphrase is wrong or absent.
    SSH_KEY_FILE = "SSH009", exit 2, python "AuthError";
    /// The connection ended while it was in use: the host closed it, or the network reset it.
    SSH_LOST = "SSH010", exit 2, python "ConnectionLost";
    /// The connection stands but nothing came in time. The command may still be running on the host, or its
    /// answers no longer find the way back.
    SSH_MUTE = "SSH011", exit 2, python "HostMute";
    /// Client and host have no key exchange, cipher, MAC or host key algorithm in common. ESXi before 6.5 needs
    /// the legacy set, which includes SHA-1.
    SSH_NO_COMMON_ALGORITHM = "SSH012", exit 2, python "ConnectError";
    /// What answers does not speak SSH as expected.
    SSH_PROTOCOL = "SSH013", exit 2, python "ConnectError";
    /// The host opens no further session on this connection (`MaxSessions`), or refuses to run commands.
    SSH_SESSION_REFUSED = "SSH014", exit 2, python "TransportError";
    /// The command printed more than the limit set for its output.
    SSH_OUTPUT_LIMIT = "SSH015", exit 2, python "TransportError";
    /// A file could not be written on the host. The file of that name, if there was one, is as it was.
    SSH_UPLOAD = "SSH016", exit 2, python "TransportError";
    /// The file that maps addresses to the sockets really connected to is missing, not understood, or does not
    /// name the address.
    SSH_ADDRESS_MAP = "SSH017", exit 2, python "SpecError";
    /// The host's answer to the facts script is not that of an ESXi shell: it may be another kind of machine, or
    /// the account may have no shell there.
    SSH_NOT_ESXI = "SSH018", exit 2, python "TransportError";
    /// A password is needed and none could be asked for: there is no terminal. Set `ESXI_PASSWORD` or name a file.
    NO_PASSWORD = "SSH019", exit 2, python "AuthError";
}
