import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonArraySplitter } from "./json-array-splitter.ts";

describe("splitting a JSON array", () => {
  it("gives each element and keeps every byte, however it is cut", () => {
    const elements = fc.array(fc.dictionary(fc.string(), fc.json()), { maxLength: 6 });
    fc.assert(
      fc.property(elements, fc.array(fc.nat(400), { maxLength: 8 }), (values, ends) => {
        const bytes = Buffer.from(
          `\n[ ${values.map((value) => JSON.stringify(value, null, 1)).join("\r\n,\n")} ]\n`,
        );
        const places = [
          ...ends.map((end) => end % (bytes.length + 1)).sort((one, other) => one - other),
          bytes.length,
        ];
        const splitter = new JsonArraySplitter();
        const stretches = places.flatMap((end, index) =>
          splitter.push(bytes.subarray(places[index - 1] ?? 0, end)),
        );
        const rest = splitter.finish();
        expect(Buffer.concat([...stretches.map(({ raw }) => raw), rest])).toEqual(bytes);
        expect(
          stretches.map(
            ({ raw, before }) => JSON.parse(Buffer.from(raw.subarray(before)).toString()) as unknown,
          ),
        ).toEqual(values.map((value) => JSON.parse(JSON.stringify(value)) as unknown));
      }),
    );
  });

  it("gives up an element that is too large", () => {
    expect(() => new JsonArraySplitter(8).push(Buffer.from('[{"a":"123456789"'))).toThrow(/too large/);
  });
});
