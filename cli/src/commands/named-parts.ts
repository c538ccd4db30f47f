import { defaultNamespace } from "@sluice/resources/kinds/metadata";
import { CommandError } from "../command-error.ts";

/**
 * Name and namespace of what somebody means by `name` or `namespace/name`.
 * @param namespace named by an option. @default "default"
 * @throws CommandError where two namespaces are named
 */
export function namedParts(text: string, namespace?: string): { name: string; namespace: string } {
  const slash = text.indexOf("/");
  if (slash === -1) return { name: text, namespace: namespace ?? defaultNamespace };
  const own = text.slice(0, slash);
  if (namespace !== undefined && namespace !== own) {
    throw new CommandError(`Two namespaces are named: ${own} and ${namespace}.`);
  }
  return { name: text.slice(slash + 1), namespace: own };
}
