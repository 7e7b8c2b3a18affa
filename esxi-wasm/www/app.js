// The planner page: reads the form into an address spec, plans it, draws what comes back.
import init, {
  explain, exportPlan, formats, guestConfig, planAddresses, providers, routerConfig,
} from "./pkg/esxi_wasm.js";
import { allocationsFor, entries, layoutsFor, machine, range, stated, words } from "./fields.js";
import { byId, element, fill, say } from "./dom.js";
import { drawExports, drawFacts, drawHandover, drawNotes, drawTables } from "./draw.js";

const ROW = ["block", "allocation", "layout", "management", "gateway", "next_hop", "assign", "reserve"];
const ROUTER = "\u0000router";

/** TOML texts of the user's own providers. */
const profiles = [];
let known = [];
let spec = null;

const rows = () => [...byId("blocks").children];
const field = (row, name) => row.querySelector(`[name="${name}"]`);
const provider = () => known.find(({ name }) => name === byId("provider").value);

function addRow(values = {}) {
  const row = byId("row").content.cloneNode(true).firstElementChild;
  byId("blocks").append(row);
  for (const name of ROW) {
    const control = field(row, name);
    control.id = `${name}-${byId("blocks").children.length}`;
    if (control.tagName === "SELECT") control.dataset.wanted = values[name] ?? "";
    else control.value = values[name] ?? "";
  }
  field(row, "remove").addEventListener("click", () => {
    row.remove();
    byId("add").focus();
    draw();
  });
  return row;
}

/** Choices that fit the typed block, fields that its rules ask for. */
function refresh(row, index) {
  row.querySelector("legend").textContent = index === 0 ? "The server's block" : `Further block ${index}`;
  field(row, "remove").hidden = index === 0;
  const text = field(row, "block").value;
  const choices = allocationsFor(provider(), text);
  const kind = field(row, "allocation");
  fill(kind, choices.map(({ name, summary }) => [name, `${name}: ${summary}`]), kind.dataset.wanted);
  kind.parentElement.hidden = choices.length < 2;
  const allocation = choices.find(({ name }) => name === kind.value) ?? choices[0];
  const layouts = layoutsFor(allocation, text);
  const layout = field(row, "layout");
  fill(layout, layouts.map(({ name }) => [name, name]), layout.dataset.wanted);
  const chosen = layouts.find(({ name }) => name === layout.value) ?? layouts[0];
  row.querySelector(".summary").textContent = chosen ? `${chosen.summary}.` : "";
  const asked = { ...allocation.reserve, ...chosen?.roles };
  for (const role of ["management", "gateway"]) {
    const control = field(row, role);
    control.parentElement.hidden = asked[role] !== "given" && control.value === "";
    control.required = asked[role] === "given";
  }
  field(row, "next_hop").parentElement.hidden = allocation.delivery !== "routed" && field(row, "next_hop").value === "";
}

function blockSpec(row) {
  const value = (name) => field(row, name).value.trim() || undefined;
  // What cannot be read as a block fits no kind; the block itself is what to talk about then.
  const readable = /\/\d+$/.test(value("block") ?? "");
  return stated({
    block: value("block") ?? "",
    allocation: readable ? value("allocation") : undefined,
    layout: readable ? value("layout") : undefined,
    management: value("management"),
    gateway: value("gateway"),
    next_hop: value("next_hop"),
    reserve: entries(field(row, "reserve").value).map(range),
    assign: entries(field(row, "assign").value).map(machine),
  });
}

function readSpec() {
  return stated({
    provider: byId("provider").value,
    blocks: rows().map(blockSpec),
    router_mac: byId("mac").value.trim() || undefined,
    without_private_side: byId("noprivate").checked || undefined,
    own_networks: words(byId("own").value),
    dns: words(byId("dns").value),
  });
}

function drawProvider() {
  const { status, verified, warnings = [], private: side } = provider();
  const states = {
    live: "", retired: "No longer sold: a pattern that others follow. ", pattern: "A pattern that several providers share. ",
  };
  byId("status").replaceChildren(
    `${states[status]}Sources read on ${verified}.`,
    ...(side ? [element("p", {}, `The installed host answers ${side.subnet} over the provider's private network` +
      `${side.adapter ? ` (${side.adapter})` : ""}: it stands in the way of networks of your own there until it is removed.`)] : []),
    ...(warnings.length > 0
      ? [element("ul", { class: "warnings" }, ...warnings.map((text) => element("li", {}, text)))]
      : []));
  byId("private").hidden = side === undefined;
  if (side) {
    const adapter = [side.adapter, side["port-group"] && `“${side["port-group"]}”`].filter(Boolean).join(" and ");
    byId("private").querySelector("span").textContent =
      `${adapter || "The private adapter"} is removed before the own networks are used`;
  }
}

function drawConfig() {
  const who = byId("machine").value;
  const list = who === ROUTER ? formats().router : formats().guest;
  fill(byId("format"), list.map(({ name, title }) => [name, title]), byId("format").value);
  const format = byId("format").value;
  byId("config").textContent = who === ROUTER
    ? routerConfig(spec, format, { profiles })
    : guestConfig(spec, who, format, { profiles });
  say(byId("said"), "");
}

function drawPlan(plan) {
  const blocks = plan.blocks ?? [plan];
  const usable = blocks.reduce((sum, block) => sum + block.usable, 0);
  byId("title").textContent =
    `${blocks.map(({ block }) => block).join(", ")}: ${usable.toLocaleString("en")} usable`;
  drawNotes(plan.diagnostics);
  const picture = new DOMParser().parseFromString(exportPlan(spec, "svg", { profiles }), "image/svg+xml");
  byId("picture").replaceChildren(document.importNode(picture.documentElement, true));
  drawTables(blocks, plan);
  const machines = (plan.guests ?? []).map(({ name }) => [name, name]);
  if (plan.router) machines.push([ROUTER, "the router"]);
  byId("machines").hidden = machines.length === 0;
  fill(byId("machine"), machines, byId("machine").value);
  if (machines.length > 0) drawConfig();
  drawHandover(plan.handover);
  byId("json").textContent = JSON.stringify(plan, null, 2);
}

/** The control that a JSON pointer is about, and how a correction gets into it. */
function place(path = "") {
  const [, list, index, key, at, part] = path.split("/");
  const whole = { provider: "provider", router_mac: "mac", own_networks: "own", dns: "dns" }[list];
  if (whole) {
    const control = byId(whole);
    const among = whole === "own" || whole === "dns";
    return { control, put: (fix) => { control.value = among ? put(words(control.value), index, fix) : fix; } };
  }
  const row = list === "blocks" ? rows()[Number(index)] : undefined;
  const control = row && ROW.includes(key) ? field(row, key) : null;
  if (!control) return {};
  if (at === undefined) {
    return { control, put: (fix) => { control.value = fix; control.dataset.wanted = fix; } };
  }
  const all = entries(control.value);
  const rest = (text) => text.split("=").slice(1);
  return {
    control,
    put: (fix) => {
      const [name] = (all[at] ?? "").split("=");
      const changed = part === "name" || part === "range" ? [fix, ...rest(all[at] ?? "")] : [name, fix];
      control.value = put(all, at, changed.join("="));
    },
  };
}

const put = (list, at, text) => list.map((old, index) => (index === Number(at) ? text : old)).join(", ");

/** Says what is wrong, and offers the correction where there is one. */
function drawError(error) {
  const findings = error.diagnostics ?? [{ message: error.message }];
  byId("message").replaceChildren(...findings.map((found) => {
    const line = element("p", {}, element("strong", {}, found.code ? `${found.code} ` : ""), found.message);
    if (found.help) line.append(element("br"), found.help);
    const { control, put: correct } = place(found.path);
    control?.setAttribute("aria-invalid", "true");
    if (found.fix && correct) {
      const button = element("button", { type: "button" }, `Use ${found.fix}`);
      button.addEventListener("click", () => { correct(found.fix); draw(); control.focus(); });
      line.append(" ", button);
    }
    const why = found.code && explain(found.code);
    if (why) line.append(element("small", {}, why));
    return line;
  }));
}

function draw() {
  rows().forEach(refresh);
  drawProvider();
  drawFacts(provider());
  document.querySelectorAll("[aria-invalid]").forEach((control) => control.removeAttribute("aria-invalid"));
  spec = readSpec();
  let error = null;
  try {
    drawPlan(planAddresses(spec, { profiles }));
  } catch (caught) {
    error = caught;
    drawError(caught);
  }
  byId("message").hidden = error === null;
  byId("result").hidden = error !== null;
  remember();
  document.body.dataset.ready = error === null ? "plan" : "error";
}

/** The fragment stays in the browser; it makes a plan something to bookmark. */
function remember() {
  const state = new URLSearchParams({ provider: byId("provider").value });
  for (const name of ROW) {
    const values = rows().map((row) => field(row, name).value);
    if (values.some((value) => value !== "")) values.forEach((value) => state.append(name, value));
  }
  for (const id of ["dns", "own", "mac"]) if (byId(id).value !== "") state.set(id, byId(id).value);
  if (byId("noprivate").checked) state.set("noprivate", "1");
  history.replaceState(null, "", `#${state}`);
}

function restore() {
  const state = new URLSearchParams(location.hash.slice(1));
  listProviders(state.get("provider") ?? "packet");
  byId("blocks").replaceChildren();
  const blocks = state.has("block") ? state.getAll("block") : ["147.75.1.8/29"];
  blocks.forEach((_, index) => {
    const values = ROW.map((name) => [name, state.getAll(name)[index]]);
    addRow({ ...Object.fromEntries(values), block: blocks[index] });
  });
  for (const id of ["dns", "own", "mac"]) byId(id).value = state.get(id) ?? "";
  byId("noprivate").checked = state.has("noprivate");
  byId("more").open = ["dns", "own", "mac", "noprivate"].some((name) => state.has(name));
  draw();
}

function listProviders(wanted) {
  known = providers({ profiles });
  const groups = { live: "Providers", pattern: "Patterns", retired: "No longer sold" };
  byId("provider").replaceChildren(...Object.entries(groups).map(([status, label]) =>
    element("optgroup", { label }, ...known.filter((one) => one.status === status).map(({ name, title }) =>
      element("option", { value: name }, title)))));
  byId("provider").value = known.some(({ name }) => name === wanted) ? wanted : "packet";
}

async function readProfile(file) {
  const text = await file.text();
  try {
    const before = new Set(known.map(({ name }) => name));
    const all = providers({ profiles: [...profiles, text] });
    profiles.push(text);
    listProviders(all.find(({ name }) => !before.has(name))?.name ?? byId("provider").value);
    draw();
  } catch (error) {
    drawError(error);
    byId("message").hidden = false;
  }
}

await init();
restore();
drawExports(formats().export, (format) => exportPlan(spec, format, { profiles }));
byId("form").addEventListener("input", ({ target }) => {
  if (target.type === "file") return;
  if (target.tagName === "SELECT") target.dataset.wanted = target.value;
  draw();
});
byId("form").addEventListener("submit", (event) => event.preventDefault());
byId("add").addEventListener("click", () => {
  const row = addRow();
  draw();
  field(row, "block").focus();
});
byId("profile").addEventListener("change", ({ target }) => { if (target.files[0]) readProfile(target.files[0]); });
byId("machine").addEventListener("change", drawConfig);
byId("format").addEventListener("change", drawConfig);
byId("copy").addEventListener("click", async () => {
  try {
    await navigator.clipboard.writeText(byId("config").textContent);
    say(byId("said"), "Copied.");
  } catch {
    getSelection().selectAllChildren(byId("config"));
    say(byId("said"), "Selected: copy it with the keyboard.");
  }
});
addEventListener("hashchange", restore);
