import { hostname, userInfo } from "node:os";

/** What whoever changes something says about it. */
export interface ChangeNotes {
  /** Who makes the change. @default the user of this computer */
  as?: string;
  /** Why. */
  message?: string;
}

/** Who makes a change, where and why, for the history and the audit. */
export function changeNotes({ as, message }: ChangeNotes = {}) {
  const origin = `${userInfo().username}@${hostname()}`;
  return { by: as ?? origin, origin, reason: message };
}
