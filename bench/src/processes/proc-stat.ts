/** What the kernel says of a process in `/proc/<pid>/stat`. */
export interface ProcessStat {
  /** User and system time of all its threads, those that have ended included. */
  cpuMs: number;
  residentBytes: number;
}

/** Linux counts a process's time in hundredths of a second on every machine that Node runs on. */
const msPerTick = 10;

/**
 * Reads a line of `/proc/<pid>/stat` (man proc, fields 14, 15 and 24). The name of the program may hold spaces and
 * brackets, so the fields are counted from its last bracket.
 * @param pageBytes Size of a page of memory. @default 4096
 */
export function parseProcessStat(line: string, pageBytes = 4096): ProcessStat {
  const fields = line.slice(line.lastIndexOf(")") + 2).split(" ");
  const field = (number: number): number => Number(fields[number - 3]);
  return { cpuMs: (field(14) + field(15)) * msPerTick, residentBytes: field(24) * pageBytes };
}
