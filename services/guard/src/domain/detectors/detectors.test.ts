import { describe, expect, it } from "vitest";
import { planOfAll } from "../testing/plans.ts";
import { sampleValues, tokenCharacters } from "../testing/sample-values.ts";
import { TextScanner } from "../text-scanner.ts";

const everything = planOfAll();

/** What is found in a text, each as its kind and the text it covers. */
function found(text: string): string[] {
  return new TextScanner(everything)
    .write(text, true)
    .map(({ kind, start, end }) => `${kind}: ${text.slice(start, end)}`);
}

const samples = Object.entries(sampleValues).flatMap(([kind, values]) =>
  values.map((value) => [kind, value] as const),
);

describe("detectors", () => {
  it.each(samples)(
    "find %s %j alone, in a sentence, quoted, in JSON and beside other scripts",
    (kind, value) => {
      const whole = [`${kind}: ${value}`];
      expect(found(value)).toEqual(whole);
      expect(found(`It is ${value}.`)).toEqual(whole);
      expect(found(`(see "${value}", or not)`)).toEqual(whole);
      expect(found(`{"value":"${value}"}`)).toEqual(whole);
      expect(found(`value=${value};next=1`)).toEqual(whole);
      expect(found(`它是：${value}。`)).toEqual(whole);
      expect(found(`first\n${value}\nlast`)).toEqual(whole);
    },
  );

  it.each([
    ["a UUID", "018f3c5e-7a1b-7c3d-9e4f-123456789012 and 12345678-1234-1234-1234-123456789012"],
    [
      "hashes",
      "3662cb68eb09dabd5fe4bfa0dc347d8179e73ea6 sha256:f26efeaea6688f0057711593d98dfe6732361696e3dab49f5e8ea20e7a647245",
    ],
    ["an integrity checksum", `sha512-${tokenCharacters(86)}==`],
    ["timestamps", "2024-11-03T09:14:55.123Z 2024-11-03 09:14:55,123 1730625295123 12:34:56"],
    ["versions", "13.30.4 v1.2.3.4 Chrome/120.0.0.0 react@18.2.0 lodash@^4.17.21"],
    ["decimals", "3.14159265358979323846 0.4111111111111111 1,234,567,890.12"],
    ["amounts", "Revenue grew from 727,589,459 to 748,371,085 units, 5312.96 EUR"],
    ["identifiers", "order 1234567890123456, ISBN 978-2-78-592266-8, SKU BVY-50272, port 51623, 0xfaa91b75"],
    ["a date", "call me on 2024-11-03 or 3.11.2024"],
    ["names with colons", "std::vector<abc::def> a::b :: 01:23:45:67:89:ab"],
    ["handles and images", "@alice icon@2x.png git@example.org:team/repository.git"],
    ["names with dashes", "sk-folding-cube-animation-large sk-circle-fade-dot"],
    [
      "numbers that fail their check",
      "4111 1111 1111 1112, DE88370400440532013000, 000-12-3456, 666-12-3456, 987-65-4321, 123-00-4567, 123-45-0000",
    ],
    ["rows of numbers", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16, 10 20 30 40 50 60 70"],
    [
      "a public key",
      "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A\n-----END PUBLIC KEY-----",
    ],
  ])("find nothing in %s", (_what, text) => {
    expect(found(text)).toEqual([]);
  });

  it("find a social security number without separators where the text says what it is", () => {
    expect(found("SSN: 219099999, order 219099999")).toEqual(["us_ssn: 219099999"]);
  });

  it("find a number in local form where the text calls it a telephone number", () => {
    expect(found("Telefon: 72 128 827")).toEqual(["phone: 72 128 827"]);
    expect(found("0319 3649187 office")).toEqual(["phone: 0319 3649187"]);
    expect(found("lot 72 128 827")).toEqual([]);
  });

  it("find national numbers of the region of the policy", () => {
    expect(found("Sie erreichen uns: 030 2158450")).toEqual(["phone: 030 2158450"]);
    expect(found("Beleg 4155552671")).toEqual([]);
  });

  it("find an AWS secret access key by what stands before it", () => {
    const secret = `${tokenCharacters(20)}/${tokenCharacters(19)}`;
    expect(found(`aws_secret_access_key = ${secret}`)).toEqual([`aws_secret_access_key: ${secret}`]);
    expect(found(`"SecretAccessKey": "${secret}"`)).toEqual([`aws_secret_access_key: ${secret}`]);
    expect(found(`checksum = ${secret}`)).toEqual([]);
  });

  it("find the key of a service account as it stands in its JSON file", () => {
    const key = `-----BEGIN ${"PRIVATE KEY"}-----\\n${tokenCharacters(64)}\\n-----END ${"PRIVATE KEY"}-----`;
    expect(found(`{"private_key": "${key}\\n", "client_id": "1"}`)).toEqual([`private_key: ${key}`]);
  });

  it("find what an administrator's pattern says, at borders of words and of the text", () => {
    expect(found("PRJ-1234 xPRJ-12345 PRJ-9876")).toEqual(["project: PRJ-1234", "project: PRJ-9876"]);
  });
});
