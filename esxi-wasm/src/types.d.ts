/** What an address of a block is for. */
export type Role =
  | "network" | "gateway" | "management" | "router"
  | "available" | "assigned" | "reserved" | "broadcast";

/** How to plan a block. */
export interface PlanOptions {
  /** Whose rules: a `name` of `providers()`. Default `"packet"`. */
  provider?: string;
  /** Which of the provider's layouts. Default `"direct"`. */
  layout?: string;
  /** Virtual machines to hand addresses to, in order. */
  names?: string[];
}

/** Neighbouring addresses of one role. */
export interface AddressRange {
  first: string;
  last: string;
  count: number;
  role: Role;
  /** Who has it, of a range of one. */
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
  /** JSON pointer of the value: `/block`, `/provider`, `/layout`, `/names/0`. */
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
export interface BlockPlan {
  schema: 1;
  block: string;
  provider: string;
  layout: string;
  /** The whole block in order, every address in exactly one range. */
  ranges: AddressRange[];
  /** Every address, of IPv4 blocks up to 256 addresses. */
  addresses?: PlannedAddress[];
  /** Addresses that virtual machines have or may have. */
  usable: number;
  price?: Price;
  diagnostics: Diagnostic[];
}

/** Thrown by `planBlock` for a block that cannot be planned. */
export interface EsxiError extends Error {
  /** Code of the first error, such as `IP002`. */
  code: string;
  help?: string;
  diagnostics: Diagnostic[];
}

/** One statement about a provider and where it stands. */
export interface Fact {
  text: string;
  source: string;
  evidence: "verified" | "derived" | "assumed";
}

/** One provider's layout: addresses that no row of `roles` names are available. */
export interface Layout {
  name: string;
  summary: string;
  prefixes: number[];
  roles: [{ "from-first": number } | { "from-last": number }, Role][];
  facts: Fact[];
}

/** One provider's rules. */
export interface Provider {
  name: string;
  title: string;
  status: "live" | "retired";
  layouts: Layout[];
  price: null | {
    currency: string;
    micros_per_address_hour: number;
    included: number;
    facts: Fact[];
  };
  facts: Fact[];
}
