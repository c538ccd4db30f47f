import { z } from "zod";
import { labelSelectorSchema, referenceSchema } from "./metadata.ts";
import { hostSchema, pathMatchSchema } from "./route-match.ts";
import { entryNameSchema } from "./secret.ts";

/** A version of TLS. In YAML a plain number will do as well. */
const tlsVersionSchema = z
  .union(
    [z.enum(["1.2", "1.3"]), z.literal([1.2, 1.3]).transform((number) => (number === 1.2 ? "1.2" : "1.3"))],
    { error: "must be 1.2 or 1.3" },
  )
  .meta({ title: "`1.2`, `1.3`" });

const tlsSchema = z.strictObject({
  secret: z
    .strictObject({
      ...referenceSchema.shape,
      certificate: entryNameSchema
        .default("tls.crt")
        .describe("Entry with the certificate, and those that it is signed with behind it, in PEM."),
      key: entryNameSchema.default("tls.key").describe("Entry with its private key in PEM, not encrypted."),
    })
    .describe("The Secret that holds the certificate and its key."),
  minVersion: tlsVersionSchema.prefault("1.2").describe("Oldest version of TLS that clients may speak."),
});

/** Route tables that serve what comes below a path. */
const delegationSchema = z
  .strictObject({
    path: pathMatchSchema.optional().describe("What is delegated. Default: everything."),
    labels: labelSelectorSchema.optional().describe("To all route tables that have these labels."),
    routeTable: referenceSchema.optional().describe("To this route table."),
  })
  .check((check) => {
    if ((check.value.labels === undefined) !== (check.value.routeTable === undefined)) return;
    check.issues.push({
      code: "custom",
      message: "either labels or routeTable, one of them",
      input: check.value,
    });
  });

const listenerSchema = z
  .strictObject({
    port: z.int().min(1).max(65_535).describe("Port to listen on."),
    protocol: z
      .enum(["HTTP", "HTTPS"])
      .optional()
      .describe("What is spoken there. Default: HTTPS where there is `tls`, else HTTP."),
    hosts: z.array(hostSchema).min(1).default(["*"]).describe("Hosts that it answers for."),
    tls: tlsSchema.optional().describe("Its certificate, which makes it HTTPS."),
    routes: z.array(delegationSchema).min(1).describe("Who serves what."),
  })
  .check((check) => {
    const { protocol, tls } = check.value;
    if (protocol === undefined || (protocol === "HTTPS") === (tls !== undefined)) return;
    const message =
      protocol === "HTTPS"
        ? "HTTPS needs tls: { secret: { name: … } } with a certificate"
        : "HTTP has no certificate: leave tls out, or say HTTPS";
    check.issues.push({ code: "custom", message, path: ["protocol"], input: check.value });
  });
export type ListenerSpec = z.infer<typeof listenerSchema>;

/** Ports of the gateway. */
export const virtualGatewaySchema = z
  .strictObject({
    listeners: z
      .array(listenerSchema)
      .min(1)
      .describe("Where the gateway takes requests, besides its own address."),
  })
  .describe(
    "Ports on which the gateway listens besides its own address, and which route tables serve what comes there.",
  );
export type VirtualGateway = z.infer<typeof virtualGatewaySchema>;
