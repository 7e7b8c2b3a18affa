// Draws the parts of a plan.
import { byId, element } from "./dom.js";

const LETTERS = {
  network: "N", gateway: "G", management: "M", router: "R",
  available: "·", assigned: "A", reserved: "X", broadcast: "B",
};
/** Blocks up to this size list every address, larger ones list ranges. */
const LIST_UP_TO = 32;

const count = (number) => number.toLocaleString("en");

function netmask(block) {
  if (block.includes(":")) return undefined;
  const prefix = Number(block.split("/")[1]);
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

/** What is worth knowing. Warnings about the provider stand beside its name already. */
export function drawNotes(diagnostics) {
  byId("notes").replaceChildren(...diagnostics.filter(({ code }) => code !== "IP030").map((found) =>
    element("li", { class: found.severity }, element("strong", {}, `${found.code} `), found.message,
      ...(found.help ? [element("br"), element("span", { class: "quiet" }, found.help)] : []))));
}

function row(what, role, name, many = "") {
  return element("tr", {},
    element("td", { class: what.includes(":") ? "address long" : "address" }, what),
    element("td", {}, element("b", { class: `letter ${role}`, "aria-hidden": "true" }, LETTERS[role])),
    element("td", {}, role, many && element("span", { class: "quiet" }, ` ${many}`)),
    element("td", { class: "name" }, name ?? ""));
}

function settings(block, plan) {
  const of = (role) => block.ranges.find((one) => one.role === role)?.first;
  const inside = plan.guests?.flatMap(({ addresses }) => addresses)
    .find(({ address }) => block.ranges.some(({ first, name }) => name && address.split("/")[0] === first));
  const gateway = of("gateway") ?? inside?.gateway;
  // Machines that reach their gateway by a route on the link have single addresses.
  const mask = inside?.on_link || !["network", "gateway", "management"].some(of) ? undefined : netmask(block.block);
  const price = block.price && `${block.price.currency} ${block.price.per_hour} an hour: ${block.price.addresses} ` +
    `further addresses at ${block.price.per_address_hour}`;
  const all = [
    ["ESXi (vmk0)", of("management")], ["Router VM", of("router")], ["Netmask", mask],
    ["Default gateway", gateway && inside?.on_link ? `${gateway}, by a route on the link` : gateway], ["Routed to", block.next_hop], ["Price", price],
  ];
  return element("dl", {}, ...all.filter(([, value]) => value).flatMap(([what, value]) =>
    [element("dt", {}, what), element("dd", {}, value)]));
}

/** A table for each block: what the picture shows, for whoever reads or copies it. */
export function drawTables(blocks, plan) {
  byId("tables").replaceChildren(...blocks.map((block) => {
    const size = block.ranges.reduce((sum, one) => sum + one.count, 0);
    const listed = block.addresses && size <= LIST_UP_TO;
    const body = listed
      ? block.addresses.map(({ address, role, name }) => row(address, role, name))
      : block.ranges.map(({ first, last, count: many, role, name }) =>
        row(first === last ? first : `${first} – ${last}`, role, name, many > 1 ? `× ${count(many)}` : ""));
    const head = ["Address", "", "Role", "Name"].map((text) => element("th", { scope: "col" }, text));
    head[1].append(element("span", { class: "hidden" }, "Letter"));
    return element("section", {},
      element("h3", {}, `${block.block} `, element("span", { class: "quiet" }, `${block.allocation}, ${block.layout}`)),
      settings(block, plan),
      element("table", {},
        element("caption", { class: "hidden" }, `Addresses of ${block.block} and their roles`),
        element("thead", {}, element("tr", {}, ...head)),
        element("tbody", {}, ...body)));
  }));
}

const PLACES = {
  workstation: "On your machine", esxi: "On ESXi", provider: "At the provider", router: "On the router",
};

export function drawHandover(handover) {
  byId("handover").hidden = handover === undefined;
  if (!handover) return;
  byId("handover").querySelector("h3").textContent = `ESXi moves from ${handover.from} to ${handover.to}`;
  byId("handover").querySelector("ol").replaceChildren(...handover.steps.map((step) =>
    element("li", {}, element("strong", {}, `${PLACES[step.place]}: `), step.what,
      ...(step.host_file ? [element("pre", { tabindex: "0" }, step.host_file)] : []),
      ...(step.commands ? [element("pre", { tabindex: "0" }, step.commands.join("\n"))] : []))));
}

/** A button for each format; the text is made when it is asked for and never leaves the browser. */
export function drawExports(formats, text) {
  byId("exports").replaceChildren(...formats.map(({ name, summary, media_type: type, extension }) => {
    const button = element("button", { type: "button", title: summary }, name);
    button.addEventListener("click", () => {
      const url = URL.createObjectURL(new Blob([text(name)], { type }));
      element("a", { href: url, download: `${name}.${extension}` }).click();
      setTimeout(() => URL.revokeObjectURL(url), 1000);
    });
    return button;
  }));
}

export function drawFacts({ fact }) {
  byId("facts").replaceChildren(...fact.map(({ text, source, url, date, evidence }) => {
    const where = url && /^https?:/.test(url)
      ? element("a", { href: url, rel: "noreferrer noopener", target: "_blank" }, source)
      : source;
    return element("li", {}, text, element("small", {}, `${evidence}, ${date}: `, where));
  }));
}
