// The built package under Node: what planBlock returns and throws. Build it first: esxi-wasm/build
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { explain, initSync, planBlock, providers } from "../www/pkg/esxi_wasm.js";

initSync({ module: readFileSync(new URL("../www/pkg/esxi_wasm_bg.wasm", import.meta.url)) });

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
