// The built package under Node: what planBlock returns and throws. Build it first: esxi-wasm/build
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import {
  explain, exportPlan, formats, guestConfig, initSync, pinned, planAddresses, planBlock, providers, routerConfig,
} from "../www/pkg/esxi_wasm.js";

initSync({ module: readFileSync(new URL("../www/pkg/esxi_wasm_bg.wasm", import.meta.url)) });

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const host = {
  provider: "packet",
  blocks: [
    { block: "147.75.1.8/29", layout: "router-vm", assign: [{ name: "mail" }] },
    {
      block: "147.75.200.16/30", allocation: "elastic", reserve: [{ range: "147.75.200.18-147.75.200.19" }],
      assign: [{ name: "web" }, { name: "db" }],
    },
  ],
};

const roles = (plan) => plan.addresses.map(({ role }) => role);

test("a /29 has the roles of the provider's table", () => {
  const plan = planBlock("147.75.1.8/29");
  assert.deepEqual(roles(plan), ["network", "gateway", "management", "available", "available", "available",
    "available", "broadcast"]);
  assert.equal(plan.schema, 1);
  assert.equal(plan.usable, 4);
  assert.equal(plan.addresses[2].address, "147.75.1.10");
  assert.equal("price" in plan, false);
});

test("options choose the layout and hand out names; the result is plain data", () => {
  const plan = planBlock("147.75.1.0/28", { provider: "packet", layout: "router-vm", names: ["web"] });
  assert.deepEqual(plan.ranges.map(({ role, count }) => [role, count]), [["network", 1], ["gateway", 1],
    ["router", 1], ["management", 1], ["assigned", 1], ["available", 10], ["broadcast", 1]]);
  assert.deepEqual(plan.addresses[4], { address: "147.75.1.4", role: "assigned", name: "web" });
  assert.deepEqual(plan.price, { currency: "USD", addresses: 8, per_address_hour: 0.005, per_hour: 0.04 });
  assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan);
});

test("a block with host bits is refused with the right one as fix", () => {
  assert.throws(() => planBlock("147.75.1.9/29", { layout: "rotuer-vm" }), (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "BlockError");
    assert.equal(error.code, "IP002");
    assert.equal(error.help, "write 147.75.1.8/29");
    assert.match(error.message, /host bits/);
    assert.deepEqual(error.diagnostics.map(({ code, path, fix }) => [code, path, fix]),
      [["IP002", "/block", "147.75.1.8/29"], ["IP006", "/layout", "router-vm"]]);
    return true;
  });
});

test("a mistake of the program is a TypeError", () => {
  assert.throws(() => planBlock("147.75.1.8/29", { layuot: "direct" }), /TypeError.*layuot/s);
});

test("codes are explained and providers listed with their sources", () => {
  assert.match(explain("ip002"), /host|prefix/i);
  assert.equal(explain("IP999"), undefined);
  const packet = providers().find(({ name }) => name === "packet");
  assert.deepEqual(packet.allocation[0].layout.map(({ name }) => name), ["direct", "router-vm", "private-management"]);
  for (const fact of packet.fact) {
    assert.ok(fact.source.length > 5, fact.text);
  }
});

// The documents are the command line's and Python's tests, too.
const cases = JSON.parse(read("tests/data/ip/fronts/cases.json"));
for (const [name, { spec, profile }] of Object.entries(cases)) {
  test(`the document is everybody's: ${name}`, () => {
    const expected = JSON.parse(read(`tests/data/ip/fronts/${name}.json`));
    const options = { profiles: profile ? [read(profile)] : [] };
    let got;
    try {
      got = planAddresses(spec, options);
    } catch (error) {
      assert.ok(error.diagnostics, error);
      got = { schema: 1, diagnostics: error.diagnostics };
    }
    assert.deepEqual(got, expected);
    if ("provider" in got) assert.deepEqual(planAddresses(pinned(spec, options), options).guests, got.guests);
  });
}

test("one block in options is the same block", () => {
  const { spec } = cases["packet-router-vm"];
  const { block, layout, assign } = spec.blocks[0];
  const plan = planBlock(block, { provider: spec.provider, layout, names: assign.map(({ name }) => name), dns: spec.dns });
  assert.deepEqual(plan, JSON.parse(read("tests/data/ip/fronts/packet-router-vm.json")));
  const more = planBlock("147.75.1.0/28", {
    names: ["a", { name: "b", address: "147.75.1.14" }, { name: "c", mac: "00:50:56:00:00:07" }],
    reserve: ["147.75.1.3", { range: "147.75.1.4-147.75.1.5", for: "printers" }],
    management: "147.75.1.6", router_mac: "00:50:56:00:12:34", own_networks: ["192.168.0.0/24"],
    without_private_side: true,
  });
  assert.deepEqual(more.guests.map(({ addresses }) => addresses[0].address),
    ["147.75.1.2/28", "147.75.1.7/28", "147.75.1.14/28"]);
  assert.equal(more.addresses[6].role, "management");
});

test("machines and the router get their configuration, plans are exported", () => {
  assert.match(guestConfig(host, "web", "netplan", { card: "ens224" }), /ens224[^]*147\.75\.200\.16\/32/);
  assert.match(routerConfig(host, "vyos", { cards: ["eth4", "eth5"] }), /eth4[^]*147\.75\.200\.16/);
  assert.match(exportPlan(host, "hosts", { domain: "example.org", host: "esxi-7" }), /web\.example\.org web\n/);
  assert.match(exportPlan(host, "svg"), /^<svg /);
  const { guest, router, export: exports } = formats();
  for (const { name } of guest) assert.ok(guestConfig(host, "db", name).includes("147.75.200.17"), name);
  for (const { name } of router) assert.ok(routerConfig(host, name).includes("147.75.1.10"), name);
  for (const { name } of exports) assert.ok(exportPlan(host, name).includes("147.75.200.1"), name);
});

test("wrong words get the nearest", () => {
  const found = (call) => {
    try { call(); } catch (error) { return [error.code, error.diagnostics?.[0].fix]; }
    return assert.fail("nothing was thrown");
  };
  assert.deepEqual(found(() => guestConfig(host, "weeb", "netplan")), ["IP036", "web"]);
  assert.deepEqual(found(() => guestConfig(host, "web", "netpln")), ["IP040", "netplan"]);
  assert.deepEqual(found(() => guestConfig(host, "web", "netplan", { card: "a b" })), ["IP041", undefined]);
  assert.deepEqual(found(() => routerConfig(host, "vios")), ["IP040", "vyos"]);
  assert.deepEqual(found(() => exportPlan(host, "host")), ["IP042", "hosts"]);
  assert.deepEqual(found(() => exportPlan(host, "hosts", { domain: "a b" })), ["IP008", "a-b"]);
  assert.throws(() => planAddresses(undefined), TypeError);
  assert.throws(() => planAddresses(host, { profile: [] }), /TypeError.*profile/s);
});

test("a provider of one's own is known where its text is handed over", () => {
  const profiles = [read("examples/provider.toml")];
  assert.equal(providers({ profiles }).length, providers().length + 1);
  assert.equal(planBlock("81.2.3.16/28", { provider: "corner-rack", profiles }).provider, "corner-rack");
  assert.throws(() => providers({ profiles: ["name = 1"] }), (error) => error.diagnostics[0].start.line === 1);
});
