import type { ModelTarget } from "@sluice/resources/find-target";

/** A target as what is known of it is kept: a model at a backend. */
export type TargetName = Pick<ModelTarget, "backendName" | "providerModel">;

export function targetKey({ backendName, providerModel }: TargetName): string {
  return `${backendName}\0${providerModel}`;
}
