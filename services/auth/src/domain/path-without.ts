/**
 * A path with its query, without the parameters whose values are held back. One that has none of these stays as it is
 * written.
 */
export function pathWithout(path: string, isHeld: (value: string) => boolean): string {
  const start = path.indexOf("?");
  if (start === -1) return path;
  const query = new URLSearchParams(path.slice(start));
  const held = [...query].filter(([, value]) => isHeld(value));
  if (held.length === 0) return path;
  for (const [name, value] of held) query.delete(name, value);
  return query.size === 0 ? path.slice(0, start) : `${path.slice(0, start)}?${query}`;
}
