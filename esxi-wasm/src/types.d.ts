/** What an address of a block is for. */
export type Role =
  | "network" | "gateway" | "management" | "router"
  | "available" | "assigned" | "reserved" | "broadcast";

/** Profiles of the user's own, beside those that are known. */
export interface KnownProfiles {
  /** Each a profile as TOML text. */
  profiles?: string[];
}

/** What is stated of a host besides its blocks. */
export interface HostOptions {
  /** Whose rules: a `name` of `providers()`. Without it Packet's for a /28 and a /29, else those of a block on the wire. */
  provider?: string;
  /** MAC address of the router virtual machine's outer card. */
  router_mac?: string;
  /** The adapter that the provider's installation puts on its private network is removed. */
  without_private_side?: boolean;
  /** Networks of the user's own behind the host, to be checked for conflicts. */
  own_networks?: string[];
  /** Name servers for virtual machines. */
  dns?: string[];
}

/** What is stated of a block. */
export interface BlockOptions {
  /** Which of the provider's kinds of block it is; the first that fits unless stated. */
  allocation?: string;
  /** What to do with it; the allocation's first layout unless stated. */
  layout?: string;
  /** ESXi's own address, where it is not the layout's. */
  management?: string;
  /** The provider's gateway, where it is not the profile's. */
  gateway?: string;
  /** Where the provider routes the block to, where it is not the profile's. */
  next_hop?: string;
}

/** Addresses that are not to be handed out: one, `first-last`, or a block. */
export interface Reservation {
  range: string;
  for?: string;
}

/** A virtual machine that gets an address: the stated one, else the next available. */
export interface Assignment {
  name: string;
  address?: string;
  mac?: string;
}

/** How to plan a block. */
export interface PlanOptions extends HostOptions, BlockOptions, KnownProfiles {
  reserve?: (string | Reservation)[];
  /** Virtual machines to hand addresses to, in order. */
  names?: (string | Assignment)[];
}

/** One block of a host. */
export interface BlockSpec extends BlockOptions {
  block: string;
  reserve?: Reservation[];
  assign?: Assignment[];
}

/** The blocks of a host: the `addresses` of a host file. */
export interface AddressSpec extends HostOptions {
  /** The one that the server came with first. */
  blocks: BlockSpec[];
}

/** A form of network configuration that a virtual machine's system reads. */
export type GuestFormat =
  | "netplan" | "ifupdown" | "cloud-init" | "networkmanager" | "netsh" | "powershell" | "openbsd";

/** A form of configuration for the router virtual machine. */
export type RouterFormat = "vyos" | "opnsense" | "nftables";

/** The language of another tool. */
export type ExportFormat =
  | "table" | "json" | "csv" | "hosts" | "dnsmasq" | "netbox-prefixes" | "netbox-ranges" | "netbox-addresses"
  | "ansible" | "host-file" | "svg";

/** All formats, in words for people. */
export interface Formats {
  guest: { name: GuestFormat; title: string }[];
  router: { name: RouterFormat; title: string }[];
  export: { name: ExportFormat; summary: string; media_type: string; extension: string }[];
}

/** Of `exportPlan`. */
export interface ExportOptions extends KnownProfiles {
  /** Names without a dot get this domain where full names are usual. */
  domain?: string;
  /** ESXi's own name. Default `esxi`. */
  host?: string;
  /** The router virtual machine's name. Default `router`. */
  router?: string;
}

/** Of `guestConfig`. */
export interface GuestOptions extends KnownProfiles {
  /** The name of the network card in the machine's system. */
  card?: string;
}

/** Of `routerConfig`. */
export interface RouterOptions extends KnownProfiles {
  /** The names of the outer and the inner network card. */
  cards?: [string, string];
}

/** Neighbouring addresses of one role. */
export interface AddressRange {
  first: string;
  last: string;
  /** Above 2^53, in large IPv6 blocks, rounded. */
  count: number;
  role: Role;
  /** Who has it, of an address that was given to somebody; what for, of reserved ones. */
  name?: string;
}

/** One address of a block. */
export interface PlannedAddress {
  address: string;
  role: Role;
  name?: string;
}

/** What a block costs beyond what comes with the server. */
export interface Price {
  /** ISO 4217 code. */
  currency: string;
  /** Addresses that are charged. */
  addresses: number;
  per_address_hour: number;
  per_hour: number;
}

/** A place in a text; columns count Unicode scalar values, both from 1. */
export interface Position {
  line: number;
  column: number;
}

/** One finding. */
export interface Diagnostic {
  code: string;
  severity: "note" | "warning" | "error";
  message: string;
  /** JSON pointer of the value in the spec, such as `/blocks/0/layout`; of what `planBlock` throws in the block's: `/layout`. */
  path?: string;
  file?: string;
  start?: Position;
  end?: Position;
  /** What to do. */
  help?: string;
  /** Text that would replace the value. */
  fix?: string;
}

/** A block of which every address has its role. */
export interface PlannedBlock {
  block: string;
  provider: string;
  /** Which of the provider's kinds of block it is. */
  allocation: string;
  layout: string;
  /** The whole block in order, every address in exactly one range. */
  ranges: AddressRange[];
  /** Every address, of IPv4 blocks up to 256 addresses. */
  addresses?: PlannedAddress[];
  /** Addresses that virtual machines have or may have. */
  usable: number;
  /** Where the provider routes the block to. */
  next_hop?: string;
  price?: Price;
}

/** What a host has beside its blocks. */
export interface PlannedHost {
  schema: 1;
  /** The virtual machines that have addresses. */
  guests?: Guest[];
  router?: Router;
  handover?: Handover;
  diagnostics: Diagnostic[];
}

/** The plan of a host with one block. */
export interface BlockPlan extends PlannedBlock, PlannedHost {}

/** The plan of a host with several blocks. */
export interface BlocksPlan extends PlannedHost {
  provider: string;
  blocks: PlannedBlock[];
}

/** The plan of a host: tell the two by `"blocks" in plan`. */
export type AddressPlan = BlockPlan | BlocksPlan;

/** Which MAC address a card must have: any, one still to be ordered from the provider, or this one. */
export type GuestMac = "any" | "ordered" | { fixed: string };

/** An address as a virtual machine configures it. */
export interface GuestAddress {
  /** With its prefix length. */
  address: string;
  gateway?: string;
  /** The gateway is outside the subnet: a route to it must be made first. */
  on_link: boolean;
}

/** A virtual machine. */
export interface Guest {
  name: string;
  mac: GuestMac;
  addresses: GuestAddress[];
  /** Port group of its card. */
  port_group?: string;
  dns: string[];
  mtu?: number;
}

/** The router virtual machine. */
export interface Router {
  mac: GuestMac;
  outside: GuestAddress[];
  outside_port_group: string;
  inside_port_group: string;
  behind: { block: string; inner: string; subnet: boolean }[];
  dns: string[];
}

/** The steps by which ESXi moves to another address. */
export interface Handover {
  from: string;
  to: string;
  steps: {
    place: "workstation" | "esxi" | "provider" | "router";
    what: string;
    /** A host file to be applied. */
    host_file?: string;
    commands?: string[];
  }[];
}

/** Thrown for what cannot be planned. */
export interface EsxiError extends Error {
  /** Code of the first error, such as `IP002`. */
  code: string;
  help?: string;
  diagnostics: Diagnostic[];
}

/** One statement about a provider and where it stands. */
export interface Fact {
  /** The rules that rest on it. */
  about: string[];
  text: string;
  source: string;
  url?: string;
  /** Day on which the source was read. */
  date: string;
  evidence: "verified" | "derived" | "assumed";
}

/** Sizes: one prefix length such as `"29"`, or the shortest and the longest, `"28-29"`. */
export type Prefixes = string;

/** An offset from the first address, a negative one from behind the last, or stated by the user. */
export type Place = number | "given";

/** Default gateway of virtual machines. */
export type GatewayRule =
  | "in-block" | "same-as-management" | "router-vm" | "none" | { fixed: string } | { "main-octet": number };

/** What a user does with an allocation. */
export interface Layout {
  name: string;
  summary: string;
  prefixes?: Prefixes;
  roles?: Partial<Record<Role, Place | Place[]>>;
  rest?: "available" | "reserved";
  gateway?: GatewayRule;
}

/** One way in which a provider hands out addresses. */
export interface Allocation {
  name: string;
  summary: string;
  family: "ipv4" | "ipv6";
  prefixes: Prefixes;
  /** It is taken only when it is named. */
  "by-name"?: boolean;
  "smallest-for-esxi"?: number;
  delivery: "bridged" | "bridged-vmac" | "routed" | "vlan" | "nat";
  mac: "none" | "per-address" | "per-server";
  gateway: GatewayRule;
  "next-hop"?: "main" | { "main-offset": number } | "single" | "eui64" | "given";
  space: "public" | "private" | "any";
  reserve?: Partial<Record<Role, Place | Place[]>>;
  rest: "available" | "reserved";
  layout: Layout[];
}

/** One provider's rules, by the names of its TOML file. */
export interface Provider {
  name: string;
  title: string;
  status: "live" | "retired" | "pattern";
  /** Day on which the sources were last read. */
  verified: string;
  warnings?: string[];
  allocation: Allocation[];
  private?: { subnet: string; adapter?: string; "port-group"?: string };
  l2?: {
    tagged?: "never" | "always" | "when-more-than-one";
    "vlan-range"?: [number, number];
    "max-vlans"?: number;
    "max-macs"?: number;
    mtu?: number;
  };
  uplinks?: { "per-vswitch"?: number; lacp?: "required" | "optional" | "unavailable" };
  storage?: { "block-storage": boolean };
  price?: { currency: string; "micros-per-address-hour": number; included: number; allocation: string };
  fact: Fact[];
}
