import { expect, test } from "vitest";
import { z } from "zod";
import { fitSchema } from "./fit-schema.ts";

test("a value fits the schema that zod makes of a nested shape", () => {
  const shape = z.object({
    name: z.string().min(3).max(40),
    email: z.email(),
    at: z.iso.datetime(),
    age: z.int().min(18).max(99),
    share: z.number().gt(0).lt(1),
    size: z.enum(["small", "large"]),
    tags: z.array(z.string()).min(2),
    address: z.object({ city: z.string(), zip: z.string().optional() }).nullable(),
    either: z.union([z.number(), z.string()]),
    fixed: z.literal("yes"),
    pair: z.tuple([z.string(), z.boolean()]),
  });
  const value = fitSchema(z.toJSONSchema(shape), 42);
  expect(shape.safeParse(value).error).toBeUndefined();
});

test("a recursive schema comes to an end", () => {
  const node = {
    type: "object",
    properties: { next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
  };
  const value = fitSchema({ $ref: "#/$defs/node", $defs: { node } }, 1);
  expect(JSON.stringify(value).length).toBeLessThan(1_000);
});

test("Gemini's spelling of types is understood", () => {
  const schema = {
    type: "OBJECT",
    properties: { n: { type: "INTEGER", minimum: 5 }, s: { type: "STRING", minLength: "4" } },
  };
  expect(fitSchema(schema, 1)).toEqual({ n: 5, s: expect.stringMatching(/^.{4,}$/) });
});

test("the same seed gives the same value", () => {
  const schema = { type: "object", properties: { a: { type: "string" }, b: { enum: [1, 2, 3] } } };
  expect(fitSchema(schema, 9)).toEqual(fitSchema(schema, 9));
});
