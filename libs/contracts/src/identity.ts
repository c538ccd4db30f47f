import { z } from "zod";

/** `keyId` of who was let in without saying who it is. */
export const anonymousKeyId = "anonymous";

/** Who a request belongs to: the owner facts of its virtual key. They are what the ledger groups by. */
export const identitySchema = z.object({
  keyId: z.string().min(1),
  user: z.string().optional(),
  team: z.string().optional(),
  application: z.string().optional(),
  department: z.string().optional(),
  tags: z.array(z.string()).default([]),
});
export type Identity = z.infer<typeof identitySchema>;

/**
 * What the requests of a caller have in common, for a choice that is to stay the same for them: the user, else the key.
 * @returns the request's id for who is not known: all of those would be one caller
 */
export function seedOfCaller({ user, keyId }: Pick<Identity, "user" | "keyId">, requestId: string): string {
  return user ?? (keyId === anonymousKeyId ? requestId : keyId);
}
