import { randomBytes } from "node:crypto";
import { type BillRow, type BillTotals, billPageSchema } from "@sluice/simulator/control/bill";
import type { ProviderName } from "@sluice/simulator/provider-name";
import { z } from "zod";
import type { MeshAddress } from "./mesh-address.ts";

/** A model that nobody else asks for, so that its calls can be told from all others on the simulator's bill. */
export function uniqueModel(family: string): string {
  return `${family}-t${randomBytes(5).toString("hex")}`;
}

const requestLogSchema = z.object({
  requests: z.array(
    z.object({ path: z.string(), headers: z.record(z.string(), z.string()), body: z.unknown() }),
  ),
});
export type ProviderRequest = z.infer<typeof requestLogSchema>["requests"][number];

/** The requests for a model as the provider got them, the oldest first. */
export async function providerRequests(mesh: MeshAddress, model: string): Promise<ProviderRequest[]> {
  const response = await fetch(`${mesh.simulatorUrl}/control/requests?limit=1000`);
  const { requests } = requestLogSchema.parse(await response.json());
  return requests.filter(
    ({ path, body }) =>
      path.includes(`/${model}:`) || z.looseObject({ model: z.literal(model) }).safeParse(body).success,
  );
}

/** What the provider charges for the calls of a model, in the order in which they ended. */
export async function billRows(mesh: MeshAddress, model: string): Promise<BillRow[]> {
  return (await wholeBill(mesh)).filter((row) => row.model === model);
}

/** All that the provider charges, page by page. */
export async function wholeBill(mesh: MeshAddress): Promise<BillRow[]> {
  const rows: BillRow[] = [];
  let cursor: string | null = "0";
  while (cursor !== null) {
    const page = billPageSchema.parse(
      await (await fetch(`${mesh.simulatorUrl}/bill?limit=10000&cursor=${cursor}`)).json(),
    );
    rows.push(...page.rows);
    cursor = page.next;
  }
  return rows;
}

/** The sums of a provider's bill. */
export async function billTotals(mesh: MeshAddress, provider: ProviderName): Promise<BillTotals> {
  const response = await fetch(`${mesh.simulatorUrl}/bill?limit=1&provider=${provider}`);
  return billPageSchema.parse(await response.json()).totals;
}
