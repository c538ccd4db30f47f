import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { noteConfigurationRevision } from "@sluice/bus/configuration-revision";
import { publishEvent } from "@sluice/bus/events";
import { servePipelineStep } from "@sluice/bus/pipeline-step";
import { startTestBus } from "@sluice/bus/testing/test-bus";
import { afterEach, beforeEach, expect, test } from "vitest";
import { announceServices } from "../testing/announce-services.ts";
import { openRecordedTerminal, type RecordedTerminal } from "../testing/recorded-terminal.ts";

const service = `apiVersion: sluice.dev/v1
kind: ExternalService
metadata: { name: weather }
spec: { hosts: [weather.example], ports: [{ number: 443, protocol: HTTPS }] }
`;

let terminal: RecordedTerminal;
beforeEach(async () => {
  terminal = await openRecordedTerminal();
});
afterEach(() => terminal.remove());

test("status lists every instance on the bus", async () => {
  const testBus = await startTestBus();
  try {
    const { servers, nkeySeed } = testBus.credentials("operator");
    await writeFile(join(terminal.directory, "operator.nk"), nkeySeed);
    terminal.environment.NATS_URL = servers;
    terminal.environment.NATS_NKEY_SEED_FILE = "operator.nk";
    expect(await terminal.run("status")).toEqual({
      code: 1,
      out: "",
      error: "sluice: The bus is there, and no service is on it.\n",
    });
    const router = await testBus.connect("router");
    const step = await servePipelineStep(router, {
      service: "router",
      description: "test",
      handler: () => {},
    });
    const { code, out } = await terminal.run("status");
    expect(code).toBe(0);
    expect(out.split("\n")[0]).toMatch(
      /^SERVICE +INSTANCE +VERSION +UPTIME +REVISION +REQUESTS +ERRORS +MEAN$/,
    );
    expect(out.split("\n")[1]).toMatch(
      new RegExp(`^router +${router.party.instance} .* +\\d+s +- +0 +0 +0\\.00ms$`),
    );
    expect(out.split("\n").slice(-2)).toEqual([
      "Every event is booked; the event stream holds 1 MiB of 10240 MiB (0 %).",
      "",
    ]);
    terminal.input = service;
    expect(await terminal.run("apply", "-f", "-")).toMatchObject({ code: 0 });
    const behind = (await terminal.run("status")).out.split("\n").slice(-5);
    expect(behind.slice(0, 2)).toEqual([
      `The newest revision of the configuration is 1; these do not work by it: ${router.party.instance} (none yet).`,
      `ExternalService weather: It is in revision 1, and ${router.party.instance} works by none yet.`,
    ]);
    noteConfigurationRevision(router, 1);
    await announceServices(testBus, { auth: 1, guard: 1, ledger: undefined });
    const together = (await terminal.run("status")).out.split("\n");
    expect(together.slice(-5)).toEqual([
      "",
      "The newest revision of the configuration is 1; every instance works by it.",
      "",
      expect.stringMatching(/^1 events wait to be booked/),
      "",
    ]);
    await publishEvent(router, "usage", Buffer.from("{}"), "one");
    const listed: unknown = JSON.parse((await terminal.run("status", "--json")).out);
    expect(listed).toMatchObject({
      services: [
        { name: "sluice-auth" },
        { name: "sluice-guard" },
        { name: "sluice-ledger" },
        { name: "sluice-router", instance: router.party.instance, requests: 0, revision: 1 },
      ],
      revision: 1,
      notProgrammed: [],
      events: { waiting: 2, deadLetters: 0 },
    });
    expect((await terminal.run("status")).out).toContain(
      "2 events wait to be booked; the event stream holds 1 MiB",
    );
    await step.stop(0);
  } finally {
    await testBus.stop();
  }
});

const nowhere =
  /^sluice: No mesh is running here \([^)]*data\): start one with npm start, or set NATS_URL \(and NATS_NKEY_SEED_FILE\)\.\n$/;

test.each([[["status"]], [["keys", "list"]], [["keys", "create", "--name", "x"]]])(
  "%j where no mesh is says what to do",
  async (commandArguments) => {
    const result = await terminal.run(...commandArguments);
    expect(result).toMatchObject({ code: 1, out: "", error: expect.stringMatching(nowhere) });
  },
);

test("a mesh that was there and does not answer any more is named without its password", async () => {
  terminal.environment.NATS_URL = "nats://me:secret@127.0.0.1:1";
  expect(await terminal.run("keys", "list")).toEqual({
    code: 1,
    out: "",
    error: "sluice: No mesh answers at nats://127.0.0.1:1: start it with npm start, or set NATS_URL.\n",
  });
});

test("a seed that can't be read is said so", async () => {
  terminal.environment.NATS_URL = "nats://127.0.0.1:1";
  terminal.environment.NATS_NKEY_SEED_FILE = "missing.nk";
  const { code, error } = await terminal.run("status");
  expect(code).toBe(1);
  expect(error).toMatch(/^sluice: The key of the bus's operator can't be read from \/[^\n]*missing\.nk\.\n$/);
});
