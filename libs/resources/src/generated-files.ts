import { fileURLToPath } from "node:url";
import { configurationJsonSchema, kindJsonSchema, resourceJsonSchema } from "./json-schema.ts";
import { type Kind, kinds } from "./kinds/kinds.ts";
import { resourcesReference } from "./resources-reference.ts";

/** A file that is made of the schemas and published with the repository. */
export interface GeneratedFile {
  /** Whole path. */
  file: string;
  /** JSON in it is formatted afterwards. */
  text: string;
}

/** Everything that `pnpm --filter @sluice/resources generate` writes. */
export function generatedFiles(): GeneratedFile[] {
  const schemas = {
    sluice: configurationJsonSchema(),
    resource: resourceJsonSchema(),
    ...Object.fromEntries(
      (Object.keys(kinds) as Kind[]).map((kind) => [fileNameOf(kind), kindJsonSchema(kind)]),
    ),
  };
  return [
    ...Object.entries(schemas).map(([name, schema]) => ({
      file: inRepository(`schemas/${name}.schema.json`),
      text: `${JSON.stringify(schema, null, 2)}\n`,
    })),
    { file: inRepository("docs/resources-reference.md"), text: resourcesReference() },
  ];
}

function inRepository(path: string): string {
  return fileURLToPath(new URL(`../../../${path}`, import.meta.url));
}

/** `AIBackend` as `ai-backend`. */
function fileNameOf(kind: Kind): string {
  return kind.replaceAll(/(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "-").toLowerCase();
}
