import { z } from "zod";

/** The five services of the mesh, in the order in which a request meets them. */
export const serviceNames = ["ingress", "auth", "guard", "router", "ledger"] as const;

export const serviceNameSchema = z.enum(serviceNames);
export type ServiceName = z.infer<typeof serviceNameSchema>;

/**
 * Who connects to the bus: a service, several services that share a process and a connection, or the operator
 * (supervisor and command line), who may provision it.
 */
export const busUserSchema = z.enum([...serviceNames, "compact", "operator"]);
export type BusUser = z.infer<typeof busUserSchema>;

/** One process of a service. Unique over all hosts and never used again, so it is safe as a subject token. */
export const instanceSchema = z.string().regex(/^[a-z]+-[A-Za-z0-9]{8,32}$/);
export type Instance = z.infer<typeof instanceSchema>;
