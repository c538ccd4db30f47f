import { z } from "zod";
import { foreignKind } from "./foreign-kind.ts";

const ignored = z.unknown().optional();

const applyToRoutesSchema = z.array(
  z.strictObject({ route: z.strictObject({ labels: z.record(z.string(), z.string()) }) }),
);

function applyTo(routes: z.infer<typeof applyToRoutesSchema> | undefined): object {
  return routes === undefined ? {} : { applyTo: { routes: routes.map(({ route }) => route) } };
}

/** `admin.gloo.solo.io/v2` ExtAuthServer: auth is a service of the mesh, so there is nothing to set up. */
export const extAuthServer = foreignKind(z.strictObject({ spec: ignored }), () => undefined);

/** `security.policy.gloo.solo.io/v2` ExtAuthPolicy. */
export const extAuthPolicy = foreignKind(
  z.strictObject({
    spec: z.strictObject({
      applyToRoutes: applyToRoutesSchema.optional(),
      config: z.strictObject({
        server: ignored,
        glooAuth: z.strictObject({
          configs: z
            .array(
              z.strictObject({
                apiKeyAuth: z.strictObject({
                  headerName: z.string().optional(),
                  headersFromMetadataEntry: z
                    .record(z.string(), z.strictObject({ name: z.string(), required: ignored }))
                    .optional(),
                  k8sSecretApikeyStorage: z.strictObject({
                    labelSelector: z.record(z.string(), z.string()),
                  }),
                }),
              }),
            )
            .length(1, "must be one way to tell who asks"),
        }),
      }),
    }),
  }),
  ({ spec }) => {
    const { apiKeyAuth } = spec.config.glooAuth.configs[0] ?? {};
    const upstreamHeaders = Object.entries(apiKeyAuth?.headersFromMetadataEntry ?? {}).map(
      ([header, { name }]) => [header, name],
    );
    return {
      kind: "AuthPolicy",
      spec: {
        ...applyTo(spec.applyToRoutes),
        apiKey: {
          header: apiKeyAuth?.headerName ?? "api-key",
          secrets: { labels: apiKeyAuth?.k8sSecretApikeyStorage.labelSelector },
          ...(upstreamHeaders.length === 0 ? {} : { upstreamHeaders: Object.fromEntries(upstreamHeaders) }),
        },
      },
    };
  },
);

const templateSchema = z.strictObject({ text: z.string() });

const injaSchema = z.strictObject({
  injaTemplate: z.strictObject({
    headers: z.record(z.string(), templateSchema).optional(),
    body: templateSchema.optional(),
    extractors: z
      .record(
        z.string(),
        z.strictObject({ header: z.string(), regex: z.string().optional(), subgroup: z.int().optional() }),
      )
      .optional(),
  }),
});

/** `trafficcontrol.policy.gloo.solo.io/v2` TransformationPolicy. */
export const trafficTransformationPolicy = foreignKind(
  z.strictObject({
    spec: z.strictObject({
      applyToRoutes: applyToRoutesSchema.optional(),
      config: z.strictObject({ request: injaSchema.optional(), response: injaSchema.optional() }),
    }),
  }),
  ({ spec: { applyToRoutes, config } }) => ({
    kind: "TransformationPolicy",
    spec: {
      ...applyTo(applyToRoutes),
      ...(config.request === undefined ? {} : { request: translateInja(config.request) }),
      ...(config.response === undefined ? {} : { response: translateInja(config.response) }),
    },
  }),
);

function translateInja({ injaTemplate: { headers, body, extractors } }: z.infer<typeof injaSchema>): object {
  return {
    ...(headers === undefined
      ? {}
      : { headers: Object.fromEntries(Object.entries(headers).map(([name, { text }]) => [name, text])) }),
    ...(body === undefined ? {} : { body: { template: body.text, format: bodyFormat(body.text) } }),
    ...(extractors === undefined
      ? {}
      : {
          extractors: Object.fromEntries(
            Object.entries(extractors).map(([name, { subgroup, ...from }]) => [
              name,
              { ...from, ...(subgroup === undefined ? {} : { group: subgroup }) },
            ]),
          ),
        }),
  };
}

/** A template that begins as a JSON object or list is to make one. */
function bodyFormat(template: string): "json" | "text" {
  return /^\s*(\{(?![{%#])|\[)/.test(template) ? "json" : "text";
}
