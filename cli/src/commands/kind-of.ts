import { closestName } from "@sluice/resources/closest-name";
import { type Kind, kinds } from "@sluice/resources/kinds/kinds";
import { CommandError } from "../command-error.ts";

/**
 * The kind that somebody means: `routetable`, `RouteTables` and `RouteTable` alike.
 * @throws CommandError for what is none, with the closest one
 */
export function kindOf(text: string): Kind {
  if (/^(virtual)?keys?$/i.test(text)) {
    throw new CommandError("Virtual keys are no resources: sluice keys list shows them.");
  }
  const names = Object.keys(kinds) as Kind[];
  const plain = (name: string) => name.toLowerCase().replace(/(ies|y|s)$/, "");
  const found = names.find((name) => plain(name) === plain(text));
  if (found !== undefined) return found;
  const closest = closestName(text, names);
  const hint = closest === undefined ? `There are ${names.join(", ")}.` : `Did you mean ${closest}?`;
  throw new CommandError(`There is no kind ${JSON.stringify(text)}. ${hint}`);
}
