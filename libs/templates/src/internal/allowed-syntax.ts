/**
 * Tags that a template may use. Not among them is what reads files (include, render, layout, block), and what writes
 * text that is neither the template's nor a checked value (cycle, increment, decrement, tablerow, echo, liquid).
 */
export const allowedTags: ReadonlySet<string> = new Set([
  "#",
  "assign",
  "break",
  "capture",
  "case",
  "comment",
  "continue",
  "for",
  "if",
  "raw",
  "unless",
]);

/**
 * Filters that a template may use: those whose cost is counted before it arises. Not among them are `raw`, which
 * would let a value pass for text of the template; those that parse an expression while rendering (where, find,
 * group_by, …); those that nest lists so that few steps make an endless text (push, unshift); those that compare whole
 * trees (sort); and those that depend on clock, chance or place (date, sample).
 */
export const allowedFilters: ReadonlySet<string> = new Set([
  "abs",
  "append",
  "at_least",
  "at_most",
  "base64_decode",
  "base64_encode",
  "capitalize",
  "ceil",
  "compact",
  "concat",
  "default",
  "divided_by",
  "downcase",
  "first",
  "floor",
  "join",
  "json",
  "last",
  "lstrip",
  "map",
  "minus",
  "modulo",
  "plus",
  "prepend",
  "remove",
  "remove_first",
  "replace",
  "replace_first",
  "reverse",
  "round",
  "rstrip",
  "size",
  "slice",
  "split",
  "strip",
  "strip_newlines",
  "times",
  "truncate",
  "truncatewords",
  "uniq",
  "upcase",
  "url_decode",
  "url_encode",
]);
