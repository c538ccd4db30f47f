import { z } from "zod";
import { foreignKind } from "./foreign-kind.ts";

/** What it says and Sluice has no use for: clusters and meshes around it. */
const ignored = z.unknown().optional();

/** `networking.gloo.solo.io/v2` ExternalService. */
export const networkingExternalService = foreignKind(
  z.strictObject({
    spec: z.strictObject({
      hosts: z.array(z.string()),
      ports: z.array(
        z.strictObject({
          name: z.string().optional(),
          number: z.int(),
          protocol: z.string(),
          clientsideTls: ignored,
        }),
      ),
    }),
  }),
  ({ spec: { hosts, ports } }) => ({
    kind: "ExternalService",
    spec: { hosts, ports: ports.map(({ clientsideTls: _tls, ...port }) => port) },
  }),
);

const uriSchema = z.strictObject({
  prefix: z.string().optional(),
  exact: z.string().optional(),
  regex: z.string().optional(),
});

const referenceSchema = z.strictObject({
  name: z.string(),
  namespace: z.string().optional(),
  cluster: ignored,
});

/** `networking.gloo.solo.io/v2` RouteTable. */
export const networkingRouteTable = foreignKind(
  z.strictObject({
    spec: z.strictObject({
      hosts: z.array(z.string()).optional(),
      virtualGateways: ignored,
      workloadSelectors: ignored,
      http: z.array(
        z.strictObject({
          name: z.string().optional(),
          labels: z.record(z.string(), z.string()).optional(),
          matchers: z
            .array(
              z.strictObject({
                uri: uriSchema.optional(),
                method: z.string().optional(),
                headers: z
                  .array(
                    z.strictObject({
                      name: z.string(),
                      value: z.string().optional(),
                      regex: z.boolean().optional(),
                    }),
                  )
                  .optional(),
              }),
            )
            .optional(),
          forwardTo: z.strictObject({
            pathRewrite: z.string().optional(),
            hostRewrite: z.string().optional(),
            destinations: z
              .array(
                z.strictObject({
                  kind: z.literal("EXTERNAL_SERVICE"),
                  port: z.strictObject({ number: z.int() }).optional(),
                  ref: referenceSchema,
                }),
              )
              .length(1, "must be one destination"),
          }),
        }),
      ),
    }),
  }),
  ({ spec }) => ({
    kind: "RouteTable",
    spec: {
      // There, who is covered by no policy may come in.
      authentication: "optional",
      ...(spec.hosts === undefined ? {} : { hosts: spec.hosts }),
      routes: spec.http.map(({ name, labels, matchers, forwardTo }) => {
        const [destination] = forwardTo.destinations;
        const { cluster: _cluster, ...ref } = destination?.ref ?? { name: "" };
        const rewrite = {
          ...(forwardTo.pathRewrite === undefined ? {} : { path: forwardTo.pathRewrite }),
          ...(forwardTo.hostRewrite === undefined ? {} : { host: forwardTo.hostRewrite }),
        };
        return {
          ...(name === undefined ? {} : { name }),
          ...(labels === undefined ? {} : { labels }),
          ...(matchers === undefined ? {} : { match: matchers.map(translateMatcher) }),
          ...(Object.keys(rewrite).length === 0 ? {} : { rewrite }),
          destination: {
            externalService: {
              ...ref,
              ...(destination?.port === undefined ? {} : { port: destination.port.number }),
            },
          },
        };
      }),
    },
  }),
);

interface Matcher {
  uri?: z.infer<typeof uriSchema> | undefined;
  method?: string | undefined;
  headers?: { name: string; value?: string | undefined; regex?: boolean | undefined }[] | undefined;
}

function translateMatcher({ uri, method, headers }: Matcher): object {
  return {
    ...(uri === undefined ? {} : { path: uri }),
    ...(method === undefined ? {} : { methods: [method] }),
    ...(headers === undefined ? {} : { headers: headers.map(translateHeader) }),
  };
}

function translateHeader({ name, value, regex }: NonNullable<Matcher["headers"]>[number]): object {
  if (value === undefined) return { name, present: true };
  return regex === true ? { name, regex: value } : { name, exact: value };
}
