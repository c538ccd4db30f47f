/**
 * The JSON of an event that is passed on as it came; undefined where it is none: the client gets the bytes as they are
 * and will see for itself.
 */
export function parseEventData(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    return undefined;
  }
}
