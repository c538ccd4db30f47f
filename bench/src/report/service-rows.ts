import type { Samples } from "../measurements/sample-book.ts";
import { median } from "./median.ts";

/** Medians of what is told by service: a row per service, and their sum. */
export interface ServiceRow {
  target: string;
  service: string;
  median: number;
}

/** The bench's own processes are told, and belong to no target's sum. */
export function isOfBench(service: string): boolean {
  return service.endsWith("(bench)");
}

/** @param prefix of the keys, such as `cpu.` */
export function serviceRows(samples: Samples, prefix: string): ServiceRow[] {
  return Object.entries(samples).flatMap(([target, figures]) => {
    const rows = Object.entries(figures)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, values]) => ({ target, service: key.slice(prefix.length), median: median(values) }));
    const own = rows.filter(({ service }) => !isOfBench(service));
    if (own.length < 2) return rows;
    return [...rows, { target, service: "all of it", median: own.reduce((sum, row) => sum + row.median, 0) }];
  });
}
