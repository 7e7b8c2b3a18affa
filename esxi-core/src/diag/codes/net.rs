//! `NET`: host network: teaming, VLAN, vmkernel adapters, routes, reachability.

super::codes! {
    /// A network card that the document names is not in the host. Compare the MAC addresses with `esxi facts`.
    NIC_NOT_FOUND = "NET001", exit 2, python "SpecError";
    /// Two objects of one document carry the same name. vSwitch names and port group names are unique on a
    /// host, port groups even across vSwitches; a vmkernel adapter is known by its port group.
    DUPLICATE_NAME = "NET002", exit 2, python "SpecError";
    /// A port group cannot take the vmkernel adapter: it has one already, or virtual machines use it. On a
    /// standard vSwitch a port group serves either one adapter or virtual machines. Give the virtual machines a
    /// port group of their own with the same VLAN on the same vSwitch: they share the segment at no cost.
    PORT_GROUP_TAKEN = "NET003", exit 2, python "SpecError";
    /// A vmkernel adapter's MTU is larger than that of the vSwitch below it: its large frames would be dropped.
    /// Raise the vSwitch's MTU to the largest of its adapters, or lower the adapter's.
    MTU_TOO_LARGE = "NET004", exit 2, python "SpecError";
    /// A route's gateway lies in no subnet of a vmkernel adapter of its TCP/IP stack. ESXi refuses such a route
    /// (KB 343820): a single address with an on-link gateway elsewhere, common with some providers, cannot be
    /// put on a vmkernel adapter.
    GATEWAY_OFF_LINK = "NET005", exit 2, python "SpecError";
    /// Two vmkernel adapters of one TCP/IP stack have addresses in one subnet. ESXi answers through one of them
    /// only, which need not be the one that was asked. Supported for iSCSI port binding and multi-NIC vMotion
    /// alone.
    SUBNET_SHARED = "NET006", exit 1, python "SpecError";
    /// Guest tagging (VLAN 4095) under a vmkernel adapter. The adapter does not tag by itself, so that it would
    /// see untagged frames at best. Give the port group the adapter's VLAN id.
    VLAN_GUEST_UNDER_VMK = "NET007", exit 2, python "SpecError";
    /// One network card is asked for on two vSwitches, or twice on one. A card has one place.
    NIC_TWICE = "NET008", exit 2, python "SpecError";
    /// A failover order names a network card that is not an uplink of the vSwitch, or names one both active and
    /// standby.
    ORDER_NOT_AN_UPLINK = "NET009", exit 2, python "SpecError";
    /// Beacon probing where it cannot work: it needs at least three uplinks to tell which of them failed, must
    /// not be used with `iphash`, and does not go with guest tagging. Use `link`.
    BEACON_UNFIT = "NET010", exit 2, python "SpecError";
    /// The document sets a value of an object of which the host reported something that was not understood.
    /// Nothing is changed there: a change could not be undone exactly. `esxi facts --bundle` writes the raw
    /// output, which helps to teach the reader that wording.
    FACT_NOT_UNDERSTOOD = "NET011", exit 2, python "SpecError";
    /// A port group is named that neither the document nor the host has.
    PORT_GROUP_MISSING = "NET012", exit 2, python "SpecError";
    /// A port group's own failover order named cards that are no longer attached to its vSwitch, and follows:
    /// those cards leave it, and an order that becomes empty is inherited from the vSwitch again. The installer
    /// gives `Management Network` an order of its own.
    ORDER_FOLLOWS = "NET013", exit 1, python "SpecError";
    /// A port group in use by virtual machines is asked to move to another vSwitch. It would have to be removed
    /// under them. Declare a new port group there and move the machines first.
    PORT_GROUP_IN_USE = "NET014", exit 2, python "SpecError";
    /// A route is replaced, or goes because its gateway is no longer in a subnet of any adapter.
    ROUTE_GOES = "NET015", exit 1, python "SpecError";
    /// A vmkernel adapter's name and its port group contradict each other. An adapter is known by its port
    /// group; `name` is only needed to move an adapter to another port group.
    VMK_AMBIGUOUS = "NET016", exit 2, python "SpecError";
    /// What the physical switch expects decides which teaming works, and nobody said. State `independent` for
    /// ports without aggregation, `static-lag` for a channel without a protocol, `lacp` for one that negotiates.
    SWITCH_SIDE_UNKNOWN = "NET017", exit 2, python "TeamingError";
    /// No teaming of a standard vSwitch does what the bond did on such a switch. The help says what to change
    /// on the switch, or which part to give up.
    TEAMING_REFUSED = "NET018", exit 2, python "TeamingError";
    /// The teaming that was chosen comes close to the bond; what it lacks is named.
    TEAMING_APPROXIMATED = "NET019", exit 1, python "TeamingError";
    /// A value of the imported document has no counterpart on a stand-alone ESXi host and is left out. Nothing
    /// is left out without being listed.
    IMPORT_LEFT_OUT = "NET020", exit 1, python "ConversionError";
    /// The imported document asks for something that an ESXi host cannot do at all, such as a Linux bridge, and
    /// cannot be converted before that is taken out or replaced.
    IMPORT_IMPOSSIBLE = "NET021", exit 2, python "ConversionError";
    /// The imported document refers to a device that it does not define, or misses a value it needs.
    IMPORT_INCOMPLETE = "NET022", exit 2, python "ConversionError";
    /// More than one default gateway. A TCP/IP stack has one per address family: the first one wins, the others
    /// are left out.
    GATEWAY_TWICE = "NET023", exit 1, python "ConversionError";
    /// An object was added or renamed while importing, because ESXi keeps apart what Linux keeps together.
    IMPORT_CHANGED = "NET024", exit 1, python "ConversionError";
    /// An address, a prefix or a mask cannot be understood.
    ADDRESS_SYNTAX = "NET025", exit 2, python "SpecError";
    /// A port of the fabric names a card that is not in this host; what is behind that port is unknown.
    FABRIC_NIC_NOT_FOUND = "NET026", exit 1, python "SpecError";
    /// A TCP/IP stack or a hardware address of an adapter is fixed when the adapter is made: changing it means
    /// making the adapter anew, which interrupts it.
    VMK_REMADE = "NET027", exit 1, python "SpecError";
    /// A client dials an adapter of the host, and no answer comes back from it: the TCP/IP stack answers by its routing
    /// table, through another adapter or not at all, and an answer with a foreign address does not arrive. A static
    /// route to the client through a router in the adapter's own subnet cures it.
    NOT_ANSWERED = "NET065", exit 1, python "SpecError";
    /// No open rule set of the firewall lets the client in to this port. Open one, or add the client to its list.
    SERVICE_CLOSED = "NET066", exit 1, python "SpecError";
    /// An adapter cannot be locked down: the firewall knows sources and no adapters, and no list of sources tells
    /// those that another adapter answers from the rest of the world.
    NO_LOCK_DOWN = "NET067", exit 2, python "SpecError";
    /// Something stays open in spite of the lock-down: a rule set that belongs to its service, a firewall that does
    /// not filter, or a network that is let in with a larger one.
    LEFT_OPEN = "NET068", exit 1, python "SpecError";
    /// Closing the rule sets like this would lock out the client that asks.
    LOCKS_OUT = "NET069", exit 1, python "SpecError";
    /// The spare address of `management` cannot serve: a temporary adapter needs an address that nothing else has, in
    /// a subnet that no vmkernel adapter is in (ESXi answers through one adapter of a subnet only), and its router
    /// must be in that subnet.
    SPARE_ADDRESS_UNFIT = "NET070", exit 2, python "SpecError";
    /// A VLAN or a router for the temporary adapter is stated, but no address for it.
    SPARE_INCOMPLETE = "NET071", exit 2, python "SpecError";
    /// A value of the live host was not understood and is left out of the host file that is made of it: the file
    /// leaves the value as it is on the host. `esxi facts --bundle` writes the raw output, which helps to teach the
    /// reader that wording.
    IMPORT_NOT_UNDERSTOOD = "NET035", exit 1, python "ConversionError";
    /// The file that shall say the MAC addresses of a Linux host's cards is not what `ip -j link` prints.
    LINKS_FILE = "NET036", exit 2, python "ConversionError";
    /// A port group for virtual machines is on the segment of an adapter with an address of the provider's network:
    /// same vSwitch, same VLAN. The installer's `VM Network` is. A machine there is on that network beside the host.
    /// For machines that are to reach only each other, take a vSwitch without uplinks.
    ON_PUBLIC_SEGMENT = "NET040", exit 1, python "SpecError";
    /// The link aggregation of the switch ports, as `fabric` states it, and the teaming do not go together: several
    /// uplinks in an LACP channel, which a standard vSwitch does not speak; `iphash` without a static channel; or a static
    /// channel without `iphash`. Each cuts traffic. `esxi teaming --snippet` writes both sides.
    TEAMING_UNFIT = "NET041", exit 1, python "SpecError";
    /// A port group is called isolated and is not: its vSwitch has an uplink, or another port group of the same VLAN on
    /// the same vSwitch is the same segment. Only a vSwitch without uplinks isolates.
    NOT_ISOLATED = "NET042", exit 1, python "SpecError";
    /// A VLAN is both tagged by a port group and the native VLAN of the switch port behind its uplinks. The port sends
    /// the native VLAN without a tag, and may drop frames that carry it. Give the port group the id 0, or make another
    /// VLAN the native one.
    VLAN_IS_NATIVE = "NET044", exit 1, python "SpecError";
    /// A port group's frames do not pass the switch port behind an uplink: its VLAN is not among those that the port
    /// carries with a tag, or the port drops untagged frames. Where only some uplinks are concerned, it works until the
    /// host uses the other one.
    VLAN_NOT_CARRIED = "NET045", exit 1, python "SpecError";
    /// Two default gateways for one TCP/IP stack and address family. A stack has one, which all its services use.
    DEFAULT_GATEWAY_TWICE = "NET046", exit 1, python "SpecError";
    /// One hardware address has two owners: two adapters, an adapter and a virtual machine, or an adapter and the card
    /// of another vSwitch. The switch learns it where it was seen last, and the other one hears nothing.
    MAC_TWICE = "NET047", exit 1, python "SpecError";
    /// The file says that the adapter on the provider's private network is gone, and the host still has it, or its route
    /// (10.0.0.0/8, say). It catches the answers to own networks in that space. Remove it before they are used.
    PRIVATE_SIDE_STAYS = "NET048", exit 1, python "SpecError";
    /// At this provider one VLAN is delivered untagged, and with a second one all are tagged, the first too. An untagged
    /// port group beside a tagged one hears nothing any more; if management is on it, the host is lost at the moment at
    /// which the second VLAN is added.
    VLAN_BECOMES_TAGGED = "NET049", exit 1, python "SpecError";
    /// Management gets its address by DHCP. It may be another one after the next lease, and a plan cannot say where the
    /// host will answer.
    MANAGEMENT_BY_DHCP = "NET050", exit 1, python "SpecError";
    /// An adapter is given an address of a block that the provider routes to another machine, such as an Elastic IP.
    /// ESXi's own network stack does not take addresses that are routed to it: a router virtual machine does.
    ROUTED_ADDRESS_ON_VMK = "NET051", exit 2, python "SpecError";
    /// What was said of the cables between host and switch contradicts itself: not one port for each card, a name that
    /// is none, a primary that is not among the members, or a VLAN that cannot be there.
    WIRING_CONTRADICTS = "NET053", exit 2, python "TeamingError";
    /// A later file of the same configuration gives another value, which counts.
    IMPORT_OVERRIDDEN = "NET028", exit 1, python "ConversionError";
    /// The imported document looks for a network card by a name or driver of Linux. ESXi numbers its cards itself, so
    /// that only the MAC address finds it again.
    CARD_BY_LINUX_NAME = "NET029", exit 2, python "ConversionError";
    /// The search for an order in which management always answers was given up at its bound: the host has very many
    /// cards and no simple order is safe. The plan is guarded; there may be one with a smaller dark window, or none at
    /// all. Make the change in two smaller ones.
    SEARCH_CUT = "NET072", exit 1, python "SpecError";
    /// The installer of ESXi stops at this `network` command of a kickstart: a value it does not take, or options that
    /// contradict each other.
    KICKSTART_NETWORK = "NET080", exit 2, python "SpecError";
    /// The installer passes over this part of a kickstart's `network` command, or guesses what it does not say. The
    /// installation goes on after thirty seconds; the host has another network than the file seems to say.
    KICKSTART_IGNORED = "NET081", exit 1, python "SpecError";
    /// A first-boot script finds network cards by their hardware addresses, and one of them is not known. Give the
    /// host's cards as `--nics`, or write the addresses into the host file.
    CARDS_UNKNOWN = "NET082", exit 2, python "SpecError";
    /// An adapter's hardware address is not among those that the switch port is bound to, as `fabric` states it. A
    /// provider's port drops what comes from addresses that it has not issued, or the provider takes it for abuse. Give
    /// the adapter an address that is bound to the port.
    MAC_NOT_BOUND = "NET054", exit 1, python "SpecError";
    /// An adapter for management has a gateway of its own. That one is used only by services that are bound to the
    /// adapter; management answers by the routes of the TCP/IP stack. State a static route instead.
    GATEWAY_OVERRIDE = "NET055", exit 1, python "SpecError";
    /// An adapter's subnet is on another segment, as `fabric` states it, than its port group leads to: nothing there
    /// answers it.
    SUBNET_ELSEWHERE = "NET056", exit 1, python "SpecError";
    /// A line of an interfaces file is not as ifupdown reads it: it stands outside of any stanza, has no value or too
    /// many words, or a comment behind a value, which ifupdown takes for a part of that value.
    IFUPDOWN_SYNTAX = "NET037", exit 2, python "ConversionError";
}
