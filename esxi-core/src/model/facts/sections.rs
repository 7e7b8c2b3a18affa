//! What is asked: the one list from which the script is made and the answer is read.

/// What a question is repeated for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Over {
    /// Asked once.
    Once,
    /// Asked once, then again with `-N` for each stack but the default one: what these commands show without `-N`
    /// differs (believed), so answers are merged by name.
    Stacks,
    /// Each standard vSwitch, with `-v`.
    VSwitches,
    /// Each port group, with `-p`.
    PortGroups,
    /// Each vmkernel adapter, with `-i`.
    Adapters,
}

/// One question.
#[derive(Debug, Clone, Copy)]
pub(super) struct Section {
    /// Its mark.
    pub(super) name: &'static str,
    /// Words of esxcli.
    pub(super) words: &'static str,
    /// Repetition.
    pub(super) over: Over,
}

const fn section(name: &'static str, over: Over, words: &'static str) -> Section {
    Section { name, words, over }
}

pub(super) const VERSION: &str = "version";
pub(super) const HOSTNAME: &str = "hostname";
pub(super) const NICS: &str = "nics";
pub(super) const VSWITCHES: &str = "vswitches";
pub(super) const PORT_GROUPS: &str = "portgroups";
pub(super) const STACKS: &str = "netstacks";
pub(super) const ADAPTERS: &str = "interfaces";
pub(super) const IPV4: &str = "ipv4";
pub(super) const IPV6: &str = "ipv6";
pub(super) const IPV6_ADDRESSES: &str = "ipv6-addresses";
pub(super) const ROUTES_IPV4: &str = "routes-ipv4";
pub(super) const ROUTES_IPV6: &str = "routes-ipv6";
pub(super) const DNS_SERVERS: &str = "dns-servers";
pub(super) const DNS_SEARCH: &str = "dns-search";
pub(super) const VSWITCH_FAILOVER: &str = "vswitch-failover";
pub(super) const VSWITCH_SECURITY: &str = "vswitch-security";
pub(super) const VSWITCH_SHAPING: &str = "vswitch-shaping";
pub(super) const GROUP_FAILOVER: &str = "portgroup-failover";
pub(super) const GROUP_SECURITY: &str = "portgroup-security";
pub(super) const GROUP_SHAPING: &str = "portgroup-shaping";
pub(super) const TAGS: &str = "tags";
pub(super) const NFS: &str = "nfs";
pub(super) const NFS41: &str = "nfs41";
pub(super) const ISCSI_PORTS: &str = "iscsi-ports";
pub(super) const ISCSI_SERVERS: &str = "iscsi-servers";
pub(super) const ISCSI_TARGETS: &str = "iscsi-targets";
/// Not asked of esxcli: `$SSH_CONNECTION`.
pub(super) const SESSION: &str = "session";
/// The vCenter server that manages the host: `managementServerIp` of its summary (published API).
pub(super) const VCENTER: &str = "vcenter";
/// Whether lockdown mode is on: `true` or `false`, as `vim-cmd vimsvc/auth/lockdown_is_enabled` prints it (VMware KB
/// 1008077).
pub(super) const LOCKDOWN: &str = "lockdown";
/// Not asked of esxcli: guarded changes that the host's files tell of.
pub(super) const RUNS: &str = "runs";
/// Not asked of esxcli: seconds since 1970, and the minute.
pub(super) const DATE: &str = "date";

/// In the order in which they are asked: lists come before what is repeated for their members.
pub(super) const SECTIONS: &[Section] = &[
    section(VERSION, Over::Once, "system version get"),
    section(HOSTNAME, Over::Once, "system hostname get"),
    section(NICS, Over::Once, "network nic list"),
    section(VSWITCHES, Over::Once, "network vswitch standard list"),
    section(PORT_GROUPS, Over::Once, "network vswitch standard portgroup list"),
    section(STACKS, Over::Once, "network ip netstack list"),
    section(ADAPTERS, Over::Stacks, "network ip interface list"),
    section(IPV4, Over::Stacks, "network ip interface ipv4 get"),
    section(IPV6, Over::Stacks, "network ip interface ipv6 get"),
    section(IPV6_ADDRESSES, Over::Stacks, "network ip interface ipv6 address list"),
    section(ROUTES_IPV4, Over::Stacks, "network ip route ipv4 list"),
    section(ROUTES_IPV6, Over::Stacks, "network ip route ipv6 list"),
    section(DNS_SERVERS, Over::Once, "network ip dns server list"),
    section(DNS_SEARCH, Over::Once, "network ip dns search list"),
    section(VSWITCH_FAILOVER, Over::VSwitches, "network vswitch standard policy failover get"),
    section(VSWITCH_SECURITY, Over::VSwitches, "network vswitch standard policy security get"),
    section(VSWITCH_SHAPING, Over::VSwitches, "network vswitch standard policy shaping get"),
    section(GROUP_FAILOVER, Over::PortGroups, "network vswitch standard portgroup policy failover get"),
    section(GROUP_SECURITY, Over::PortGroups, "network vswitch standard portgroup policy security get"),
    section(GROUP_SHAPING, Over::PortGroups, "network vswitch standard portgroup policy shaping get"),
    section(TAGS, Over::Adapters, "network ip interface tag get"),
    section(NFS, Over::Once, "storage nfs list"),
    section(NFS41, Over::Once, "storage nfs41 list"),
    section(ISCSI_PORTS, Over::Once, "iscsi networkportal list"),
    section(ISCSI_SERVERS, Over::Once, "iscsi adapter discovery sendtarget list"),
    section(ISCSI_TARGETS, Over::Once, "iscsi adapter discovery statictarget list"),
];
