import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

const change = {
  changeId: "2-abc",
  revision: 2,
  previousRevision: 1,
  occurredAt: "2026-06-16T09:00:00.000Z",
  by: "ada",
  origin: "root@ci",
  change: "apply r.yaml",
  reason: "more room",
  kind: "RouteTable",
  namespace: "default",
  name: "apis",
  type: "changed",
  diff: "@@ -1,2 +1,2 @@\n a: 1\n-b: 1\n+b: \u001b2\n",
};
const first = {
  ...change,
  changeId: "1-abc",
  revision: 1,
  previousRevision: 0,
  by: "root@ci",
  reason: null,
  type: "created",
  diff: "",
};
let rows: object[] = [];
const asked: URL[] = [];
const ledger: Server = createServer((request, response) => {
  asked.push(new URL(request.url ?? "", "http://ledger"));
  if (request.headers.accept === "text/csv") response.end("revision,name\n2,apis\n");
  else response.end(JSON.stringify({ rows, next: null }));
});

let terminal: RecordedTerminal;
beforeAll(async () => {
  await new Promise<void>((resolve) => ledger.listen(0, "127.0.0.1", resolve));
  terminal = await openRecordedTerminal();
  terminal.environment.SLUICE_LEDGER_URL = `http://127.0.0.1:${(ledger.address() as AddressInfo).port}`;
  terminal.environment.SLUICE_ADMIN_KEY = "admin";
});
beforeEach(() => {
  asked.length = 0;
  rows = [change, { ...change, name: "other", type: "deleted", diff: "" }, first];
});
afterAll(async () => {
  await terminal.remove();
  await new Promise((resolve) => ledger.close(resolve));
});

test("audit tells each change with its resources and their lines, and no control character", async () => {
  expect(await terminal.run("audit")).toEqual({
    code: 0,
    out: `revision 2  2026-06-16T09:00:00.000Z  ada (root@ci)  apply r.yaml
  more room
  RouteTable default/apis changed
    @@ -1,2 +1,2 @@
     a: 1
    -b: 1
    +b: ?2
  RouteTable default/other deleted

revision 1  2026-06-16T09:00:00.000Z  root@ci  apply r.yaml
  RouteTable default/apis created
`,
    error: "",
  });
});

test("audit asks the ledger for what its options say", async () => {
  await terminal.run(
    "audit",
    "--since",
    "2026-06-16",
    "--by",
    "ada",
    "--kind",
    "routetables",
    "--name",
    "apis",
  );
  expect(asked[0]?.pathname).toBe("/v1/audit/changes");
  expect(Object.fromEntries(asked[0]?.searchParams ?? [])).toEqual({
    from: "2026-06-16T00:00:00Z",
    by: "ada",
    kind: "RouteTable",
    name: "apis",
    limit: "1000",
  });
  await terminal.run("audit", "--kind", "configuration");
  expect(asked[1]?.searchParams.get("kind")).toBe("Configuration");
});

test("audit as JSON has the rows of the ledger, as CSV its lines", async () => {
  expect(JSON.parse((await terminal.run("audit", "-o", "json")).out)).toEqual(rows);
  expect((await terminal.run("audit", "-o", "csv")).out).toBe("revision,name\n2,apis\n");
});

test("audit of a time without changes says so", async () => {
  rows = [];
  expect(await terminal.run("audit", "--since", "1h")).toEqual({
    code: 0,
    out: "",
    error: "Nothing was changed in that time.\n",
  });
});

test.each([
  [["-o", "xml"], /^sluice: There is no output "xml": use text, json or csv\.\n$/],
  [["--since", "tomorrow"], /It is a day such as 2026-06-15, or an instant/],
])("audit %j is refused", async (commandArguments, message) => {
  expect(await terminal.run("audit", ...commandArguments)).toMatchObject({
    code: 1,
    error: expect.stringMatching(message),
  });
});
