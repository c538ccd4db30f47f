import { parseDuration } from "@sluice/resources/duration";
import { defaultNamespace } from "@sluice/resources/kinds/metadata";
import { namePatternSchema } from "@sluice/resources/name-pattern";
import { InvalidArgumentError, Option } from "commander";
import { z } from "zod";

/** Gathers an option that may be given several times. */
export function collect(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

/** Gathers model names, exact or with one * at their end. */
export function collectModels(value: string, before: string[] | undefined): string[] {
  const pattern = namePatternSchema.safeParse(value);
  if (!pattern.success)
    throw new InvalidArgumentError("It is a model name, or the beginning of one with a *.");
  return collect(pattern.data, before);
}

/** Reads the name of a Consumer: `default/search` is `search`, as everywhere. */
export function consumerName(text: string): string {
  return text.replace(new RegExp(`^${defaultNamespace}/`), "");
}

/** Reads a duration to milliseconds. */
export function durationValue(value: string): number {
  const durationMs = parseDuration(value);
  if (durationMs === undefined) throw new InvalidArgumentError("It is a duration such as 30s, 12h or 30d.");
  return durationMs;
}

/** `--wait [time]` of commands that change the configuration; milliseconds, undefined where it is not asked for. */
export function waitOption(): Option {
  return new Option("--wait [time]", "end when every instance works by the change (default: 30s at most)")
    .preset("30s")
    .argParser(durationValue);
}

/** Reads the end of a period, a duration from now or a day, to epoch milliseconds. */
export function expiryValue(value: string): number {
  const durationMs = parseDuration(value);
  if (durationMs !== undefined) return Date.now() + durationMs;
  const atMs = /^\d{4}-\d\d-\d\d$/.test(value) ? Date.parse(`${value}T00:00:00Z`) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError("It is a duration such as 30d, or a day such as 2027-01-31.");
  if (atMs <= Date.now()) throw new InvalidArgumentError("The day is over.");
  return atMs;
}

/** Reads a day or an instant to an instant with its offset; a day is its beginning in UTC. */
export function instantValue(value: string): string {
  const instant = /^\d{4}-\d\d-\d\d$/.test(value) ? `${value}T00:00:00Z` : value;
  if (!z.iso.datetime({ offset: true }).safeParse(instant).success) {
    throw new InvalidArgumentError(
      "It is a day such as 2026-06-15, or an instant such as 2026-06-15T12:00:00Z.",
    );
  }
  return instant;
}

/** Reads the beginning of a period, a duration before now, a day or an instant, to an instant with its offset. */
export function sinceValue(value: string): string {
  const durationMs = parseDuration(value);
  return durationMs === undefined ? instantValue(value) : new Date(Date.now() - durationMs).toISOString();
}
