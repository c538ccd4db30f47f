import type { CompiledMatch, ValueCondition } from "./http-route.ts";
import type { RouteMatch, ValueMatch } from "./kinds/route-match.ts";

/** The conditions of a route as the services read them. */
export function compileMatch({ path, methods = [], headers = [], query = [] }: RouteMatch): CompiledMatch {
  const { prefix, exact, regex } = path;
  return {
    path:
      exact !== undefined
        ? { type: "exact", value: exact }
        : regex !== undefined
          ? { type: "regex", value: regex }
          : { type: "prefix", value: prefix ?? "/" },
    methods,
    headers: headers.map((header) => compileCondition({ ...header, name: header.name.toLowerCase() })),
    query: query.map(compileCondition),
  };
}

function compileCondition({ name, exact, prefix, regex, present }: ValueMatch): ValueCondition {
  if (exact !== undefined) return { type: "exact", name, value: exact };
  if (prefix !== undefined) return { type: "prefix", name, value: prefix };
  if (regex !== undefined) return { type: "regex", name, value: regex };
  return { type: "present", name, value: present ?? true };
}
