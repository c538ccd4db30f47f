import { z } from "zod";
import { foreignKind } from "./foreign-kind.ts";

const ignored = z.unknown().optional();

const matchSchema = z.array(
  z.strictObject({
    prefix: z.string().optional(),
    exact: z.string().optional(),
    regex: z.string().optional(),
  }),
);

/** `gateway.solo.io/v2` VirtualGateway. */
export const soloVirtualGateway = foreignKind(
  z.strictObject({
    spec: z.strictObject({
      gatewayClassName: ignored,
      listeners: z.array(
        z.strictObject({
          port: z.int(),
          protocol: z.string().optional(),
          hosts: z.array(z.string()).optional(),
          routes: z.array(
            z.strictObject({
              match: matchSchema.optional(),
              delegate: z.strictObject({
                selector: z.strictObject({ labels: z.record(z.string(), z.string()) }),
              }),
            }),
          ),
        }),
      ),
    }),
  }),
  ({ spec: { listeners } }) => ({
    kind: "VirtualGateway",
    spec: {
      listeners: listeners.map(({ routes, ...listener }) => ({
        ...listener,
        routes: routes.flatMap(({ match, delegate: { selector } }) =>
          match === undefined ? [selector] : match.map((path) => ({ path, ...selector })),
        ),
      })),
    },
  }),
);

/** `gateway.solo.io/v2` RouteTable. */
export const soloRouteTable = foreignKind(
  z.strictObject({
    spec: z.strictObject({
      routes: z.array(
        z.strictObject({
          name: z.string().optional(),
          labels: z.record(z.string(), z.string()).optional(),
          match: matchSchema.optional(),
          route: z.strictObject({
            destination: z.strictObject({
              aiBackend: z.strictObject({ name: z.string(), namespace: z.string().optional() }),
            }),
          }),
          options: z
            .strictObject({
              aiPolicies: z
                .array(z.strictObject({ name: z.string(), namespace: z.string().optional() }))
                .optional(),
            })
            .optional(),
        }),
      ),
    }),
  }),
  ({ spec: { routes } }) => ({
    kind: "RouteTable",
    spec: {
      // There, who is covered by no policy may come in.
      authentication: "optional",
      routes: routes.map(({ match, route, options, ...rest }) => ({
        ...rest,
        ...(match === undefined ? {} : { match: match.map((path) => ({ path })) }),
        ...route,
        ...(options?.aiPolicies === undefined ? {} : { policies: { ai: options.aiPolicies } }),
      })),
    },
  }),
);
