import { z } from "zod";
import { foreignKind } from "./foreign-kind.ts";

/** Kubernetes' own Secret, `v1`. */
export const coreSecret = foreignKind(
  z.strictObject({
    type: z.string().optional(),
    immutable: z.unknown().optional(),
    data: z.record(z.string(), z.string()).optional(),
    stringData: z.record(z.string(), z.string()).optional(),
  }),
  ({ immutable: _immutable, ...spec }) => ({ kind: "Secret", spec }),
);
