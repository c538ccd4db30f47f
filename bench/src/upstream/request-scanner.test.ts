import { expect, test } from "vitest";
import { RequestScanner } from "./request-scanner.ts";

const plain = "POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\nContent-Length: 5\r\n\r\nhello";
const chunked =
  "POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n";
const bodiless = "GET /v1/models HTTP/1.1\r\nhost: a\r\n\r\n";

test.each([
  ["a body of known length", plain, 1],
  ["a chunked body", chunked, 1],
  ["no body", bodiless, 1],
  ["several requests at once", plain + chunked + bodiless + plain, 4],
  ["a body that is not whole", plain.slice(0, -1), 0],
  ["a head that is not whole", plain.slice(0, 40), 0],
])("counts the requests in %s", (_, text, requests) => {
  expect(new RequestScanner().push(Buffer.from(text))).toBe(requests);
});

test("counts the same however the bytes are cut", () => {
  const bytes = Buffer.from(plain + chunked + bodiless + chunked + plain);
  for (let size = 1; size <= bytes.length; size++) {
    const scanner = new RequestScanner();
    let requests = 0;
    for (let at = 0; at < bytes.length; at += size) requests += scanner.push(bytes.subarray(at, at + size));
    expect(requests).toBe(5);
  }
});
