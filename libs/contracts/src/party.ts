import { z } from "zod";
import { instanceSchema, serviceNameSchema } from "./service-name.ts";

/** An instance as a party to a request. */
export const partySchema = z.object({ service: serviceNameSchema, instance: instanceSchema });
export type Party = z.infer<typeof partySchema>;
