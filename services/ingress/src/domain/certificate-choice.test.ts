import { expect, test } from "vitest";
import { CertificateChoice } from "./certificate-choice.ts";

const certificates = [
  { secret: "api", hosts: ["api.example.com", "www.example.com"] },
  { secret: "wild", hosts: ["*.example.com"] },
  { secret: "again", hosts: ["api.example.com"] },
];

test.each([
  ["api.example.com", "api"],
  ["API.EXAMPLE.COM", "api"],
  ["x.example.com", "wild"],
  ["a.b.example.com", "wild"],
  ["example.com", "api"],
  ["elsewhere.example", "api"],
  ["", "api"],
  [undefined, "api"],
])("a client that names %s is shown the certificate %s", (host, secret) => {
  expect(new CertificateChoice(certificates).find(host)?.secret).toBe(secret);
});

test("who names a host that none is for is shown the one for all", () => {
  const choice = new CertificateChoice([...certificates, { secret: "all", hosts: ["*"] }]);
  expect(choice.find("elsewhere.example")?.secret).toBe("all");
  expect(choice.find()?.secret).toBe("all");
});

test("without certificates there is none", () => {
  expect(new CertificateChoice([]).find("a.example")).toBeUndefined();
});
