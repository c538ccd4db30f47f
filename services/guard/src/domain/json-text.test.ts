import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonText } from "./json-text.ts";

function read(written: string, ends: number[] = []): { text: string; json: JsonText } {
  const json = new JsonText();
  const places = [
    ...ends.map((end) => end % (written.length + 1)).sort((one, other) => one - other),
    written.length,
  ];
  const text = places
    .map((end, index) => json.write(written.slice(places[index - 1] ?? 0, end), false))
    .join("");
  return { text: text + json.write("", true), json };
}

describe("JSON in a text", () => {
  it("is read with the escapes of its strings replaced", () => {
    expect(read('{"to":"alice\\u0040example.com","n":"a\\nb\\"c"}').text).toBe(
      '{"to":"alice@example.com","n":"a\nb"c"}',
    );
  });

  it("keeps what is no escape", () => {
    expect(read('\\u0040 "\\x \\u00zz \\').text).toBe('\\u0040 "\\x \\u00zz \\');
  });

  it("is read alike however it is cut, and each place is found again in what was written", () => {
    const json = fc.json().map((text) => text.replaceAll("e", "\\u0065"));
    fc.assert(
      fc.property(json, fc.array(fc.nat(200), { maxLength: 6 }), fc.nat(), (written, ends, anywhere) => {
        const whole = read(written);
        const cut = read(written, ends);
        expect(cut.text).toBe(whole.text);
        const offset = anywhere % (whole.text.length + 1);
        expect(cut.json.toWritten(offset)).toBe(whole.json.toWritten(offset));
        expect(cut.json.isInString(offset)).toBe(whole.json.isInString(offset));
        expect(read(written.slice(0, whole.json.toWritten(offset))).text).toBe(whole.text.slice(0, offset));
      }),
    );
  });

  it("still finds places behind those that it was told to forget", () => {
    const written = '{"a":"\\u0041\\u0042","b":"\\u0043"}';
    const { json, text } = read(written);
    const offset = text.indexOf("C");
    const [place, inside] = [json.toWritten(offset), json.isInString(offset)];
    json.forget(offset);
    expect([json.toWritten(offset), json.isInString(offset)]).toEqual([place, inside]);
    expect(written.slice(place, place + 6)).toBe("\\u0043");
  });
});
