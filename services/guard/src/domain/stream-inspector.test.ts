import { type DialectName, dialectNames } from "@sluice/contracts/dialect-name";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DecisionTally } from "./decision-tally.ts";
import type { ScanPlan } from "./scan-plan.ts";
import { StreamInspector } from "./stream-inspector.ts";
import { planOf, planOfAll } from "./testing/plans.ts";
import { sampleValues } from "./testing/sample-values.ts";
import { streamOf, textOf } from "./testing/streams.ts";

const forms = [
  ...dialectNames.map((dialect) => ({ dialect, framing: "sse" as const })),
  { dialect: "gemini", framing: "json-array" } as const,
];
type Form = (typeof forms)[number];

function cut(bytes: Buffer, ends: number[]): Buffer[] {
  const places = [
    ...ends.map((end) => end % (bytes.length + 1)).sort((one, other) => one - other),
    bytes.length,
  ];
  return places.map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
}

function relayed(form: Form, pieces: Buffer[], plan: ScanPlan) {
  const tally = new DecisionTally("reply");
  const inspector = new StreamInspector({ plan, tally, ...form });
  const out = pieces.flatMap((piece) => inspector.push(piece));
  return { bytes: Buffer.concat([...out, ...inspector.finish()]), tally };
}

function maskWhole(text: string): string {
  return Object.entries(sampleValues).reduce(
    (masked, [kind, values]) =>
      values.reduce((so, value) => so.replaceAll(value, `[${kind.toUpperCase()}]`), masked),
    text,
  );
}

it("masks a value on both sides of the place where another call went on with a stream", () => {
  const chunk = (content: string) =>
    `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;
  const stream = `${chunk("Write to ada@exam")}: continued by "b m"\n\n${chunk("ple.com today.")}data: [DONE]\n\n`;
  const { bytes } = relayed(
    { dialect: "openai", framing: "sse" },
    [Buffer.from(stream)],
    planOf({ detector: "email", action: "mask" }),
  );
  expect(bytes.toString()).toContain(': continued by "b m"');
  expect(bytes.toString()).not.toMatch(/ada@|ple\.com/);
});

const form = fc.constantFrom(...forms);
const word = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      "Hello",
      "Größe",
      "数字",
      '"quoted"',
      "a\\b",
      "line\nbreak",
      "🙂",
      "2024",
      "1.5",
      "so,",
      "data: x",
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...Object.values(sampleValues).flat()) },
);
const text = fc.array(word, { maxLength: 14 }).map((words) => `${words.join(" | ")} |`);
const ends = fc.array(fc.nat(20_000), { maxLength: 30 });

describe("a streamed reply", () => {
  it("with nothing to mask keeps every byte, however its bytes and its text are cut", () => {
    const clean = fc
      .array(fc.constantFrom("Hello", "wörld", "🙂", "3,", "\n", '"x"', "end."), { maxLength: 20 })
      .map((words) => words.join(" "));
    fc.assert(
      fc.property(form, clean, ends, ends, (where, said, textEnds, byteEnds) => {
        const stream = streamOf(where, { text: cutText(said, textEnds) });
        expect(relayed(where, cut(stream, byteEnds), planOfAll()).bytes.equals(stream)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("is masked alike however its bytes and its text are cut", () => {
    fc.assert(
      fc.property(form, text, ends, ends, (where, said, textEnds, byteEnds) => {
        const stream = streamOf(where, { text: cutText(said, textEnds) });
        const { bytes } = relayed(where, cut(stream, byteEnds), planOfAll());
        expect(textOf(where, bytes).text).toBe(maskWhole(said));
      }),
      { numRuns: 400 },
    );
  });

  it("lets out no byte of a value before it knows that it is none", () => {
    fc.assert(
      fc.property(
        form,
        fc.constantFrom(...Object.values(sampleValues).flat()),
        ends,
        (where, value, textEnds) => {
          const stream = streamOf(where, { text: cutText(`so: ${value} |`, textEnds) });
          const inspector = new StreamInspector({
            plan: planOfAll("block"),
            tally: new DecisionTally("reply"),
            ...where,
          });
          const out: Uint8Array[] = [];
          expect(() => {
            for (let place = 0; place < stream.length; place++)
              out.push(...inspector.push(stream.subarray(place, place + 1)));
            out.push(...inspector.finish());
          }).toThrow(/stopped by a guard policy/);
          expect("so: ".startsWith(textOf(where, Buffer.concat(out)).text)).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("has the arguments of its tool calls masked too, escaped ones and bare numbers included", () => {
    const said = '{"to":"alice\\u0040example.com","card":4111111111111111,"n":7}';
    fc.assert(
      fc.property(fc.constantFrom<DialectName>("openai", "anthropic"), ends, (dialect, textEnds) => {
        const where = { dialect, framing: "sse" as const };
        const stream = streamOf(where, { text: ["Sending."], toolArguments: cutText(said, textEnds) });
        const { bytes } = relayed(where, [stream], planOfAll());
        expect(JSON.parse(textOf(where, bytes).toolArguments)).toEqual({
          to: "[EMAIL]",
          card: "[CREDIT_CARD]",
          n: 7,
        });
      }),
      { numRuns: 100 },
    );
  });

  it("has what a Gemini function call is given masked", () => {
    const where = { dialect: "gemini", framing: "sse" } as const;
    const stream = streamOf(where, { text: [], toolArguments: ['{"to":"alice@example.com"}'] });
    expect(JSON.parse(textOf(where, relayed(where, [stream], planOfAll()).bytes).toolArguments)).toEqual({
      to: "[EMAIL]",
    });
  });

  it("holds back one word of clean text, not more", () => {
    const plan = planOf({ detector: "email", action: "mask" }, { detector: "credit_card", action: "mask" });
    const inspector = new StreamInspector({
      plan,
      tally: new DecisionTally("reply"),
      dialect: "openai",
      framing: "sse",
    });
    const event = (content: string): Buffer =>
      Buffer.from(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`);
    expect(inspector.push(event("Hello"))).toEqual([]);
    expect(inspector.push(event(" world"))).toEqual([event("Hello")]);
    expect(inspector.push(event(", "))).toEqual([event(" world"), event(", ")]);
  });

  it("keeps choices apart", () => {
    const events = [
      { choices: [{ index: 0, delta: { content: "alice@" } }] },
      { choices: [{ index: 1, delta: { content: "bob says " } }] },
      {
        choices: [
          { index: 0, delta: { content: "example.com " } },
          { index: 1, delta: { content: "hello" } },
        ],
      },
    ];
    const stream = Buffer.from(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
    const { bytes } = relayed({ dialect: "openai", framing: "sse" }, [stream], planOfAll());
    const contents = [...bytes.toString().matchAll(/"content":"([^"]*)"/g)].map((match) => match[1]);
    expect(contents).toEqual(["[EMAIL]", "bob says ", " ", "hello"]);
  });

  it("drops the token probabilities of what it masks", () => {
    const chunk = (content: string): string =>
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content }, logprobs: { content: [{ token: content }] } }] })}\n\n`;
    const stream = Buffer.from(chunk("Hi, ") + chunk("alice@") + chunk("example.com ") + chunk("there."));
    const { bytes } = relayed({ dialect: "openai", framing: "sse" }, [stream], planOfAll());
    expect(bytes.toString()).not.toMatch(/alice|example/);
    expect(bytes.toString().match(/"logprobs":null/g)).toHaveLength(2);
    expect(bytes.toString()).toContain('"logprobs":{"content":[{"token":"Hi, "}]}');
  });

  it("keeps what else stands in a rewritten event", () => {
    const event =
      'event: delta\r\nid: 7\r\ndata:{"choices": [ {"index":0,"delta":{"content":"to alice@example.com!"},"n":1.0} ]}\r\n\r\n';
    const { bytes } = relayed(
      { dialect: "openai", framing: "sse" },
      [Buffer.from(`: ping\r\n\r\n${event}data: [DONE]\r\n\r\n`)],
      planOfAll(),
    );
    expect(bytes.toString()).toBe(
      `: ping\r\n\r\n${event.replace("alice@example.com", "[EMAIL]")}data: [DONE]\r\n\r\n`,
    );
  });

  it("looks also at data that is no JSON and at an event that was cut", () => {
    const stream = Buffer.from(
      'data: alice@example.com\n\ndata: {"choices":[{"delta":{"content":"bob@example.com',
    );
    const { bytes } = relayed({ dialect: "openai", framing: "sse" }, [stream], planOfAll());
    expect(bytes.toString()).toBe('data: [EMAIL]\n\ndata: {"choices":[{"delta":{"content":"[EMAIL]');
  });

  it("swallows a private key to the end of the stream when its end never comes", () => {
    const where = { dialect: "anthropic", framing: "sse" } as const;
    const key = (sampleValues.private_key?.[0] ?? "").slice(0, -20);
    const stream = streamOf(where, { text: ["Here: ", ...(key.match(/[\s\S]{1,7}/g) ?? [])] });
    expect(textOf(where, relayed(where, [stream], planOfAll()).bytes).text).toBe("Here: [PRIVATE_KEY]");
  });

  it("fails rather than hold more than it may", () => {
    const inspector = new StreamInspector({
      plan: planOfAll(),
      tally: new DecisionTally("reply"),
      dialect: "openai",
      framing: "sse",
      maxHeldBytes: 1_000,
    });
    const event = (index: number, content: string): Buffer =>
      Buffer.from(`data: ${JSON.stringify({ choices: [{ index, delta: { content } }] })}\n\n`);
    inspector.push(event(0, "word"));
    expect(() => {
      for (let count = 0; count < 100; count++) inspector.push(event(1, "more. "));
    }).toThrow(/could not be inspected/);
  });
});

function cutText(text: string, textEnds: number[]): string[] {
  const places = [
    ...textEnds.map((end) => end % (text.length + 1)).sort((one, other) => one - other),
    text.length,
  ];
  return places.map((end, index) => text.slice(places[index - 1] ?? 0, end));
}
