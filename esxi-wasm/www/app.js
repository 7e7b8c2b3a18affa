// The planner page: reads the form, calls planBlock, draws what it returns.
import init, { explain, planBlock, providers } from "./pkg/esxi_wasm.js";

const LETTERS = {
  network: "N", gateway: "G", management: "M", router: "R",
  available: "·", assigned: "A", reserved: "X", broadcast: "B",
};
const byId = (id) => document.getElementById(id);

/** An element with text and attributes; text is never read as HTML. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function netmask(prefix) {
  const bits = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0;
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

function names() {
  return byId("names").value.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function drawPlan(plan) {
  byId("title").textContent = `${plan.block}: ${plan.usable} usable`;
  const addresses = plan.addresses ?? [];
  byId("cells").replaceChildren(...addresses.map(({ address, role, name }) =>
    element("li", { class: `cell ${role}`, title: `${address} ${role}${name ? ` ${name}` : ""}` },
      element("b", { "aria-hidden": "true" }, LETTERS[role]),
      element("span", {}, `.${address.split(".").at(-1)}`),
      element("span", { class: "hidden" }, ` ${role}`))));
  byId("rows").replaceChildren(...addresses.map(({ address, role, name }) =>
    element("tr", {},
      element("td", { class: "address" }, address),
      element("td", {}, element("b", { class: `letter ${role}`, "aria-hidden": "true" }, LETTERS[role])),
      element("td", {}, role),
      element("td", {}, name ?? ""))));

  const of = (role) => plan.ranges.find((range) => range.role === role)?.first;
  const settings = [
    ["ESXi (vmk0)", of("management")],
    ["Router VM", of("router")],
    ["Netmask", netmask(Number(plan.block.split("/")[1]))],
    ["Default gateway", of("gateway")],
    ["Price", plan.price && `${plan.price.currency} ${plan.price.per_hour} an hour: ${plan.price.addresses} ` +
      `further addresses at ${plan.price.per_address_hour}`],
  ];
  byId("settings").replaceChildren(...settings.filter(([, value]) => value).flatMap(([what, value]) =>
    [element("dt", {}, what), element("dd", {}, value)]));
  byId("json").textContent = JSON.stringify(plan, null, 2);
}

/** Says what is wrong, and offers the correction where there is one. */
function drawError(error) {
  const fields = { "/block": "block", "/provider": "provider", "/layout": "layout" };
  const findings = error.diagnostics ?? [{ message: error.message }];
  byId("message").replaceChildren(...findings.map((found) => {
    const line = element("p", {}, element("strong", {}, found.code ? `${found.code} ` : ""), found.message);
    if (found.help) line.append(element("br"), found.help);
    const field = fields[found.path];
    if (found.fix && field) {
      const button = element("button", { type: "button" }, `Use ${found.fix}`);
      button.addEventListener("click", () => { byId(field).value = found.fix; draw(); });
      line.append(" ", button);
    }
    const why = found.code && explain(found.code);
    if (why) line.append(element("small", {}, why));
    return line;
  }));
}

function draw() {
  const block = byId("block").value;
  const provider = known.find(({ name }) => name === byId("provider").value);
  const layout = allocation(provider).layout.find(({ name }) => name === byId("layout").value);
  byId("summary").textContent = `${layout.summary}.`;
  byId("facts").replaceChildren(...provider.fact.map((fact) =>
    element("li", {}, fact.text, element("span", { class: "quiet" }, ` (${fact.evidence}: ${fact.source})`))));
  let error = null;
  try {
    drawPlan(planBlock(block, { provider: provider.name, layout: layout.name, names: names() }));
  } catch (caught) {
    error = caught;
    drawError(caught);
  }
  byId("message").hidden = error === null;
  byId("result").hidden = error !== null;
  byId("block").setAttribute("aria-invalid", String(error !== null));
  // The fragment stays in the browser; it makes a plan something to bookmark.
  const state = new URLSearchParams({ block, provider: provider.name, layout: layout.name });
  if (names().length > 0) state.set("names", names().join(","));
  history.replaceState(null, "", `#${state}`);
  document.body.dataset.ready = error === null ? "plan" : "error";
}

function fill(select, choices, wanted) {
  select.replaceChildren(...choices.map(([value, text]) => element("option", { value }, text)));
  if (choices.some(([value]) => value === wanted)) select.value = wanted;
}

/** The kind of block that the typed one is: the first that has its size. */
function allocation(provider) {
  const [address, size] = byId("block").value.split("/");
  const family = address.includes(":") ? "ipv6" : "ipv4";
  const has = ({ prefixes }) => {
    const [shortest, longest = shortest] = prefixes.split("-").map(Number);
    return Number(size) >= shortest && Number(size) <= longest;
  };
  const ofFamily = provider.allocation.filter((one) => one.family === family && !one["by-name"]);
  return ofFamily.find(has) ?? ofFamily[0] ?? provider.allocation[0];
}

function fillLayouts(wanted) {
  const provider = known.find(({ name }) => name === byId("provider").value);
  fill(byId("layout"), allocation(provider).layout.map(({ name }) => [name, name]), wanted);
}

function restore() {
  const state = new URLSearchParams(location.hash.slice(1));
  fill(byId("provider"), known.map(({ name, title }) => [name, title]), state.get("provider") ?? "packet");
  if (state.has("block")) byId("block").value = state.get("block");
  fillLayouts(state.get("layout"));
  byId("names").value = state.get("names") ?? "";
  draw();
}

await init();
const known = providers();
restore();
byId("form").addEventListener("input", (event) => {
  if (event.target.id === "provider" || event.target.id === "block") fillLayouts(byId("layout").value);
  draw();
});
byId("form").addEventListener("submit", (event) => event.preventDefault());
addEventListener("hashchange", restore);
