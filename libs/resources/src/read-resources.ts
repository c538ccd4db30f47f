import { stringify } from "yaml";
import { z } from "zod";
import { type ConfigurationProblem, formatPath } from "./configuration-problem.ts";
import type { ForeignKind } from "./foreign/foreign-kind.ts";
import { foreignKinds } from "./foreign/foreign-kinds.ts";
import { apiVersion, isKind, type Kind, kinds } from "./kinds/kinds.ts";
import { metadataSchema } from "./kinds/metadata.ts";
import { resourceSchema } from "./kinds/resource-schema.ts";
import { describeResource, type PlainResource, type Resource } from "./resource.ts";
import { schemaProblems, suggestion } from "./schema-problems.ts";
import { YamlSource } from "./yaml-source.ts";

/** What was read, and what of it can't be taken. */
export interface ReadResources {
  resources: Resource[];
  problems: ConfigurationProblem[];
}

/**
 * Reads the resources of some files, in Sluice's own form or in one that is translated to it.
 * @param files YAML or JSON, each any number of documents
 */
export function readResources(files: readonly { text: string; name: string }[]): ReadResources {
  return readDocuments(files.flatMap(({ text, name }) => YamlSource.parseAll(text, name)));
}

/** The same of documents that are read already. */
export function readDocuments(documents: readonly YamlSource[]): ReadResources {
  const read = documents.map(readDocument);
  const resources = read.flatMap((result) => result.resources);
  return { resources, problems: [...read.flatMap(({ problems }) => problems), ...repeated(resources)] };
}

/** Reads a resource that was applied before. What is said of it names it, since its file may be gone. */
export function readAppliedResource(plain: PlainResource): ReadResources {
  const { kind, metadata } = plain;
  const name = `${kind} ${metadata.namespace ?? "default"}/${metadata.name} (applied before)`;
  // Through JSON, as it is kept: what is undefined has no key there.
  return readDocument(YamlSource.ofValue(JSON.parse(JSON.stringify(plain)), name));
}

const namedSchema = z.looseObject({ metadata: metadataSchema });
const headSchema = z.looseObject({ apiVersion: z.string(), kind: z.string() });

function readDocument(source: YamlSource): ReadResources {
  const fail = (problems: readonly ConfigurationProblem[]): ReadResources => ({
    resources: [],
    problems: [...problems],
  });
  if (source.syntaxProblems.length > 0) return fail(source.syntaxProblems);
  const head = headSchema.safeParse(source.value);
  if (!head.success) {
    return fail(schemaProblems(source, headSchema, head.error.issues));
  }
  const { apiVersion: version, kind } = head.data;
  if (version === apiVersion) {
    if (isKind(kind)) return readOwn(source, kind);
    const text = `there is no kind ${JSON.stringify(kind)}${suggestion(kind, Object.keys(kinds))}`;
    return fail([source.problemAt(["kind"], text)]);
  }
  const foreign = Object.hasOwn(foreignKinds, version) ? foreignKinds[version] : undefined;
  if (foreign === undefined) {
    const versions = [apiVersion, ...Object.keys(foreignKinds)];
    const text = `there is no apiVersion ${JSON.stringify(version)}${suggestion(version, versions)}`;
    return fail([source.problemAt(["apiVersion"], text)]);
  }
  const foreignKind = Object.hasOwn(foreign, kind) ? foreign[kind] : undefined;
  if (foreignKind === undefined) {
    const text = `${version} has no kind ${JSON.stringify(kind)} that is known here${suggestion(kind, Object.keys(foreign))}`;
    return fail([source.problemAt(["kind"], text)]);
  }
  return readForeign(source, foreignKind);
}

/** Where the apiVersion is `sluice.dev/v1`. */
function readOwn(source: YamlSource, kind: Kind): ReadResources {
  const schema = resourceSchema(kind);
  const parsed = schema.safeParse(source.value);
  if (!parsed.success) {
    return { resources: [], problems: schemaProblems(source, schema, parsed.error.issues) };
  }
  const { metadata, spec } = parsed.data;
  return {
    resources: [{ kind, metadata, spec, plain: source.value as PlainResource, place: source }],
    problems: [],
  };
}

/** Where it is another's: checked by that one's schema, translated, and checked by Sluice's. */
function readForeign(source: YamlSource, foreign: ForeignKind): ReadResources {
  const schema = z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: metadataSchema,
    ...foreign.schema.shape,
  });
  const parsed = schema.safeParse(source.value);
  if (!parsed.success) {
    return { resources: [], problems: schemaProblems(source, schema, parsed.error.issues) };
  }
  const { metadata } = namedSchema.parse(parsed.data);
  const {
    apiVersion: _version,
    kind: _kind,
    metadata: _metadata,
    ...own
  } = parsed.data as Record<string, unknown>;
  const translated = foreign.translate(own);
  if (translated === undefined) return { resources: [], problems: [] };
  const { annotations: _annotations, ...ownMetadata } = metadata;
  const plain: PlainResource = { apiVersion, ...translated, metadata: ownMetadata };
  const read = readOwn(YamlSource.parse(stringify(plain), source.file), translated.kind);
  return {
    resources: read.resources.map((resource) => ({ ...resource, plain, place: source })),
    // Their paths are those of the translation; the place is the resource's own.
    problems: read.problems.map(({ path, message }) =>
      source.problemAt(
        [],
        `as ${describeResource({ kind: translated.kind, metadata })}: ${formatPath(path)}: ${message}`,
      ),
    ),
  };
}

function repeated(resources: readonly Resource[]): ConfigurationProblem[] {
  const first = new Map<string, Resource>();
  return resources.flatMap((resource) => {
    const key = describeResource(resource);
    const earlier = first.get(key);
    if (earlier === undefined) {
      first.set(key, resource);
      return [];
    }
    const { file, line } = earlier.place.problemAtText(resource.metadata.name, "");
    return [resource.place.problemAtText(resource.metadata.name, `${key} stands at ${file}:${line} already`)];
  });
}
