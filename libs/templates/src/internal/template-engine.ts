import { Liquid } from "liquidjs";
import { allowedFilters, allowedTags } from "./allowed-syntax.ts";
import { BoundedCaptureTag } from "./bounded-capture-tag.ts";
import { countedFilter } from "./counted-filter.ts";
import { JsonText } from "./json-text.ts";
import { toOutputValue } from "./output-value.ts";
import { plainValue } from "./plain-value.ts";
import { StrictAssignTag } from "./strict-assign-tag.ts";

/** Parses and renders all templates. It keeps nothing of them, and has no file system. */
export const templateEngine = createEngine();

function createEngine(): Liquid {
  const liquid = new Liquid({
    templates: {},
    strictVariables: true,
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    jsTruthy: true,
    locale: "en-US",
    // Typed as text; what it gives is handed to the emitter as it is.
    outputEscape: (result) => toOutputValue(result) as unknown as string,
  });
  for (const name of Object.keys(liquid.tags)) if (!allowedTags.has(name)) delete liquid.tags[name];
  for (const name of Object.keys(liquid.filters)) if (!allowedFilters.has(name)) delete liquid.filters[name];
  for (const name of ["replace", "url_decode", "url_encode"]) {
    liquid.registerFilter(name, countedFilter(liquid.filters[name]));
  }
  liquid.registerTag("assign", StrictAssignTag);
  liquid.registerTag("capture", BoundedCaptureTag);
  liquid.registerFilter("json", (value: unknown) => new JsonText(plainValue(value) ?? null));
  // Only what is missing is replaced, as in Inja; the filter of Liquid would make `true` of a given `false`.
  liquid.registerFilter("default", (value: unknown, fallback: unknown) => plainValue(value) ?? fallback);
  return liquid;
}
