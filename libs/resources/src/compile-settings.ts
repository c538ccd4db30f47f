import { compileGateway } from "./gateway-schema.ts";
import { qualifiedName } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";
import { suggestion } from "./schema-problems.ts";
import type { BaseContent } from "./snapshot.ts";

/** What goes before what a configuration file says. */
export type CompiledSettings = Partial<Pick<BaseContent, "gateway" | "ledger">> & Pick<BaseContent, "prices">;

export function compileSettings(set: ResourceSet): CompiledSettings {
  const [settings, second] = set.all("GatewaySettings");
  if (settings === undefined) return { prices: [] };
  if (second !== undefined) {
    const text = `there can be one, and ${qualifiedName(settings.metadata)} is one already`;
    set.refuse(second, second.metadata.name, text);
  }
  const { gateway, ledger, prices } = settings.spec;
  const backends = set.all("AIBackend").map(({ metadata }) => qualifiedName(metadata));
  for (const { backend, model } of prices) {
    if (backend === undefined || backends.includes(backend)) continue;
    const text = `price of ${model}: there is no AIBackend ${backend}${suggestion(backend, backends)}`;
    set.warn(settings, backend, text, "BackendNotFound");
  }
  return {
    ...(gateway === undefined ? {} : { gateway: compileGateway(gateway) }),
    ...(ledger === undefined ? {} : { ledger }),
    prices,
  };
}
