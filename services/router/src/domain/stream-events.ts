/** The empty line behind an event of a stream. */
const end = /\r?\n\r?\n/g;

/** A kept stream in its events, as they came; what is no stream of events is one piece. */
export function streamEvents(body: string): string[] {
  const ends = [...body.matchAll(end)].map(({ index, 0: text }) => index + text.length);
  const starts = [0, ...ends];
  return starts.map((start, number) => body.slice(start, ends[number])).filter((event) => event !== "");
}
