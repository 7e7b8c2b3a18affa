// Compiled, never run: the declarations of the package say what its users rely on.
import init, { explain, planBlock, providers } from "../www/pkg/esxi_wasm.js";
import type { BlockPlan, EsxiError, PlannedAddress, Role } from "../www/pkg/esxi_wasm.js";

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
// @ts-expect-error: an option that does not exist is found when compiling
planBlock("147.75.1.8/29", { layuot: "direct" });
