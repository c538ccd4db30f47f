import { z } from "zod";
import { unreachableLimits } from "../unreachable-limits.ts";
import { limitSchema } from "./limit.ts";

/**
 * A list of limits.
 * @param owner whose limits they are, where that is one of those that requests can be counted apart by
 */
export function limitListSchema(owner?: "consumer" | "key") {
  return z.array(limitSchema).check((check) => {
    const fault = (message: string, index: number, ...path: string[]) =>
      check.issues.push({ code: "custom", message, path: [index, ...path], input: check.value });
    const closed = check.value.findIndex(
      ({ failure, mode, each }) => failure === "closed" && mode === "enforce" && each === undefined,
    );
    const names = check.value.map(({ name }, index) => name ?? String(index));
    for (const [index, { per, failure }] of check.value.entries()) {
      const first = names.indexOf(names[index] ?? "");
      if (first !== index) fault(`the limit ${first} of the list has this name`, index, "name");
      if (failure === "open" && closed !== -1) {
        const text = `open does nothing beside the limit ${names[closed]} of the same list, which refuses while Redis is away: say the same of both`;
        fault(text, index, "failure");
      }
      if (owner !== undefined && per.includes(owner)) {
        fault(`the limits of a ${owner} are for it alone: leave ${owner} out`, index, "per");
      }
    }
    for (const { index, reason } of unreachableLimits(check.value)) fault(reason, index);
  });
}
