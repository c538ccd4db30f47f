import { stringify } from "yaml";
import type { PlainResource } from "./resource.ts";

/** What a URL carries between its scheme and its host to be let in with. */
const urlCredentials = /(?<=:\/\/)[^/?#@\s]+(?=@)/g;

/** A resource as it may be shown to anybody: of the values of a Secret there are fingerprints only. */
export function shownResource(plain: PlainResource): PlainResource {
  if (plain.kind !== "Secret") return plain;
  const { sealed, data, stringData, ...rest } = plain.spec as Record<string, unknown>;
  const entries = { ...asRecord(data), ...asRecord(stringData), ...asRecord(sealed) };
  const shown = Object.entries(entries).map(([name, entry]) => [name, fingerprintOf(entry)]);
  return { ...plain, spec: { ...rest, sealed: Object.fromEntries(shown) } };
}

/** YAML of something to be shown, with the keys of every map in the order of the alphabet. */
export function shownYaml(value: unknown): string {
  return stringify(value, { sortMapEntries: true }).replaceAll(urlCredentials, "(hidden)");
}

function fingerprintOf(entry: unknown): string {
  const { fingerprint } = asRecord(entry);
  return typeof fingerprint === "string" ? fingerprint : "(hidden)";
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
}
