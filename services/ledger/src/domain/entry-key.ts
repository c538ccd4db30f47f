import { z } from "zod";

/** What a call is told apart by, as the API shows it. */
export const entryKeySchema = z.object({
  requestId: z.uuid(),
  delivery: z.int().describe("Which sending of the request inside the mesh, from 1."),
  attempt: z.int().describe("Which provider call within one delivery, from 1."),
});
