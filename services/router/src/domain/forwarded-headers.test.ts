import { expect, test } from "vitest";
import { forwardedReplyHeaders } from "./forwarded-headers.ts";

test("the destination's headers go on, without those of its connection, and with its name", () => {
  const headers = {
    "content-type": "application/json",
    "content-length": "2",
    connection: "close, X-Hop",
    "x-hop": "1",
    "keep-alive": "timeout=5",
    "transfer-encoding": "chunked",
    trailer: "x",
    "proxy-authenticate": "Basic",
    "www-authenticate": "Bearer",
    "retry-after": "3",
  };
  expect(forwardedReplyHeaders("svc:80", headers)).toEqual({
    "content-type": "application/json",
    "www-authenticate": "Bearer",
    "retry-after": "3",
    "x-sluice-backend": "svc:80",
  });
});

test.each(["x-request-id", "request-id"])("the destination's %s is not taken for the gateway's", (name) => {
  expect(forwardedReplyHeaders("b", { [name]: "id-1" })).toEqual({
    "x-sluice-backend": "b",
    "x-sluice-provider-request-id": "id-1",
  });
});
