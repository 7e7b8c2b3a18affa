// From what is typed to an address spec.

/** Texts between commas. */
export const words = (text) => text.split(",").map((word) => word.trim()).filter((word) => word !== "");

/** Entries of a list such as `web, db=192.0.2.4`. */
export const entries = words;

/** `name`, `name=address`, `name=address mac`. */
export function machine(text) {
  const [name, ...rest] = text.split("=");
  const mac = /^([0-9a-f]{2}[:-]){5}[0-9a-f]{2}$/i;
  const made = { name: name.trim() };
  for (const word of rest.join("=").split(/\s+/).filter((part) => part !== "")) {
    made[mac.test(word) ? "mac" : "address"] = word;
  }
  return made;
}

/** `range`, `range=purpose`. */
export function range(text) {
  const [addresses, ...purpose] = text.split("=");
  return stated({ range: addresses.trim(), for: purpose.join("=").trim() || undefined });
}

/** The same without what is not stated. */
export function stated(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) =>
    value !== undefined && !(Array.isArray(value) && value.length === 0)));
}

function has(prefixes, size) {
  const [shortest, longest = shortest] = prefixes.split("-").map(Number);
  return size >= shortest && size <= longest;
}

const sizeOf = (block) => Number(/\/(\d+)\s*$/.exec(block)?.[1] ?? NaN);

/** The provider's kinds of block that the typed one can be, those that need no name first; else all. */
export function allocationsFor({ allocation }, block) {
  const family = block.includes(":") ? "ipv6" : "ipv4";
  const fitting = allocation.filter((one) => one.family === family && has(one.prefixes, sizeOf(block)));
  const unnamed = fitting.filter((one) => !one["by-name"]);
  return fitting.length === 0 ? allocation : [...unnamed, ...fitting.filter((one) => one["by-name"])];
}

/** The layouts of a kind that have room in the block; else all. */
export function layoutsFor({ prefixes: all, layout }, block) {
  const fitting = layout.filter(({ prefixes = all }) => has(prefixes, sizeOf(block)));
  return fitting.length === 0 ? layout : fitting;
}
