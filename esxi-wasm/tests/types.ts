// Compiled, never run: the declarations of the package say what its users rely on.
import init, {
  explain, exportPlan, formats, guestConfig, pinned, planAddresses, planBlock, providers, routerConfig,
} from "../www/pkg/esxi_wasm.js";
import type { AddressPlan, AddressSpec, BlockPlan, EsxiError, PlannedAddress, Role } from "../www/pkg/esxi_wasm.js";

await init();
const plan: BlockPlan = planBlock("147.75.1.8/29", { layout: "router-vm", names: ["web"] });
const first: PlannedAddress | undefined = plan.addresses?.[0];
const role: Role | undefined = first?.role;
const hourly: number = plan.price?.per_hour ?? 0;
const text: string | undefined = explain("IP001");
const layouts: string[] = providers()
  .flatMap((provider) => provider.allocation.flatMap(({ layout }) => layout.map(({ name }) => name)));
try {
  planBlock("147.75.1.9/29");
} catch (error) {
  const { code, diagnostics } = error as EsxiError;
  console.log(code, diagnostics[0]?.fix, role, hourly, text, layouts);
}
const spec: AddressSpec = {
  provider: "packet",
  blocks: [{ block: "147.75.1.8/29", layout: "router-vm", assign: [{ name: "web", address: "147.75.1.14" }] }],
};
const host: AddressPlan = planAddresses(spec, { profiles: ["…"] });
const hops: (string | undefined)[] = "blocks" in host ? host.blocks.map((block) => block.next_hop) : [host.next_hop];
const moves: string[] = host.handover?.steps.flatMap((step) => step.commands ?? []) ?? [];
const same: AddressSpec = pinned(spec);
const text2: string = guestConfig(spec, "web", "netplan", { card: "ens192" }) +
  routerConfig(same, "vyos", { cards: ["eth0", "eth1"] }) + exportPlan(spec, "hosts", { domain: "example.org" });
const names: string[] = formats().export.map(({ name, media_type }) => `${name} ${media_type}`);
console.log(hops, moves, text2, names);
// @ts-expect-error: there is no such format
guestConfig(spec, "web", "netpln");
// @ts-expect-error: a block must be named
planAddresses({ blocks: [{ layout: "direct" }] });
// @ts-expect-error: an option that does not exist is found when compiling
planBlock("147.75.1.8/29", { layuot: "direct" });
