/** The targets that the bench can start itself, in the order in which they are measured and shown. */
export const targetNames = ["direct", "proxy", "portkey", "mesh", "compact"] as const;
export type TargetName = (typeof targetNames)[number];

export function isTargetName(text: string): text is TargetName {
  return (targetNames as readonly string[]).includes(text);
}
