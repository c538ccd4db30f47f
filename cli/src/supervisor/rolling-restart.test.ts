import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serviceNames } from "@sluice/contracts/service-name";
import { isAlive } from "@sluice/servers/process-alive";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runCommandLine } from "../run-command-line.ts";
import type { RunFile } from "../run-file.ts";
import type { CommandResult } from "../testing/recorded-terminal.ts";
import { type FakeMesh, runFakeMesh, temporaryDataDir } from "./testing/fake-mesh.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface StartedMesh extends FakeMesh {
  dataDir: string;
  /** Runs `sluice restart` for this mesh. */
  restart(...services: string[]): Promise<CommandResult>;
}

async function start(
  environment: Record<string, string> = {},
  arguments_: string[] = [],
): Promise<StartedMesh> {
  const folder = temporaryDataDir();
  cleanups.push(folder.remove);
  const mesh = runFakeMesh(folder.path, environment, arguments_);
  cleanups.push(async () => {
    mesh.process.kill("SIGTERM");
    await mesh.ended;
  });
  await mesh.ready();
  const restart = async (...services: string[]): Promise<CommandResult> => {
    const result = { out: "", error: "" };
    const code = await runCommandLine(["restart", ...services], {
      environment: { SLUICE_DATA_DIR: folder.path },
      directory: folder.path,
      readInput: () => Promise.resolve(""),
      out: (text) => {
        result.out += text;
      },
      error: (text) => {
        result.error += text;
      },
    });
    return { code, ...result };
  };
  return { ...mesh, dataDir: folder.path, restart };
}

function pidsOf({ processes }: RunFile, ...services: string[]): number[] {
  return processes.filter(({ service }) => services.includes(service)).map(({ pid }) => pid);
}

/** Asks the gateway again and again, each time on a new connection. */
function keepAsking(gateway: string): { stop(): Promise<{ answers: number; failures: unknown[] }> } {
  const failures: unknown[] = [];
  let answers = 0;
  let isOver = false;
  const asking = (async () => {
    while (!isOver) {
      try {
        await (await fetch(gateway, { headers: { connection: "close" } })).text();
        answers++;
      } catch (error) {
        failures.push(error);
      }
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await asking;
      return { answers, failures };
    },
  };
}

describe("sluice restart", () => {
  it("replaces all services one after the other, readers first, and the gateway answers all along", async () => {
    const mesh = await start();
    const before = mesh.runFile();
    const asking = keepAsking(before.gateway);
    const { code, out } = await mesh.restart();
    const { answers, failures } = await asking.stop();
    expect([code, failures, answers > 0]).toEqual([0, [], true]);

    const after = mesh.runFile();
    expect({ ...after, processes: [] }).toEqual({ ...before, processes: [] });
    expect(pidsOf(after, "nats", "redis", "simulator")).toEqual(pidsOf(before, "nats", "redis", "simulator"));
    const old = pidsOf(before, ...serviceNames);
    expect(old.filter(isAlive)).toEqual([]);
    expect(pidsOf(after, ...serviceNames).filter((pid) => isAlive(pid) && !old.includes(pid))).toHaveLength(
      5,
    );
    expect([...out.matchAll(/^(\w+): .* is ready\.$/gm)].map(([, service]) => service)).toEqual([
      "ledger",
      "router",
      "guard",
      "auth",
      "ingress",
    ]);
    expect(out).toMatch(/The restart is complete\.\n$/);
    expect(mesh.printed()).toContain("The restart is complete.");
  });

  it("replaces each process of the services that are named, and no other", async () => {
    const mesh = await start({}, ["--replicas", "router=2,guard=2"]);
    const before = mesh.runFile();
    expect((await mesh.restart("router")).code).toBe(0);
    const after = mesh.runFile();
    const changed = pidsOf(after, "router").filter((pid) => !pidsOf(before, "router").includes(pid));
    expect(changed).toHaveLength(2);
    expect(pidsOf(after, "guard", "auth", "ingress", "ledger").toSorted()).toEqual(
      pidsOf(before, "guard", "auth", "ingress", "ledger").toSorted(),
    );
  });

  it("leaves the old process where a new one does not start, says so, and goes no further", async () => {
    const mesh = await start({}, ["--replicas", "guard=2"]);
    const before = mesh.runFile();
    writeFileSync(join(mesh.dataDir, "guard.fault"), "");
    const { code, out, error } = await mesh.restart();
    expect([code, error]).toEqual([1, "sluice: Not all was restarted.\n"]);
    expect(out).toMatch(
      /The restart ends here: guard did not start \(exit code 1\): .*the moon is wrong .* guard-\w+ goes on\.\n3 more processes were left as they are\.\n$/,
    );
    const after = mesh.runFile();
    expect(pidsOf(after, "guard", "auth", "ingress")).toEqual(pidsOf(before, "guard", "auth", "ingress"));
    expect(pidsOf(after, "guard").filter(isAlive)).toHaveLength(2);
    expect(pidsOf(after, "router")).not.toEqual(pidsOf(before, "router"));
  });

  it("tries a ledger again that does not start where the old one had to make room", async () => {
    const mesh = await start();
    const [before] = pidsOf(mesh.runFile(), "ledger");
    const fault = join(mesh.dataDir, "ledger.fault");
    writeFileSync(fault, "");
    expect((await mesh.restart("ledger")).code).toBe(1);
    await vi.waitFor(() => expect(mesh.printed()).toContain("Starting ledger again"), { timeout: 10_000 });
    expect((await mesh.restart("ledger")).out).toContain("a ledger is down, and is being started already.");
    rmSync(fault);
    await vi.waitFor(() => expect(mesh.printed()).toContain("ledger is back"), { timeout: 10_000 });
    const [after] = pidsOf(mesh.runFile(), "ledger");
    expect([after === before, isAlive(after ?? 0)]).toEqual([false, true]);
  });

  it("lets an old process go on with what it has open, and ends it with the mesh", async () => {
    const mesh = await start({ FAKE_BEHAVIOURS: "router=lingers" });
    const [before = 0] = pidsOf(mesh.runFile(), "router");
    const restarting = mesh.restart("router", "auth");
    await vi.waitFor(() => expect(pidsOf(mesh.runFile(), "router")).not.toContain(before), {
      timeout: 10_000,
    });
    expect((await mesh.restart("guard")).out).toBe("A restart is under way already.\n");
    const { code, out } = await restarting;
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`router-\\w+ \\(process ${before}\\) goes on with what it has open`));
    expect(out).toContain("1 of the old processes still finish");
    expect(mesh.runFile().processes.filter(({ service }) => service === "router")).toHaveLength(1);
    expect(isAlive(before)).toBe(true);

    mesh.process.kill("SIGTERM");
    expect(await mesh.ended).toBe(0);
    expect(isAlive(before)).toBe(false);
  });

  it("is for the owner of the data folder alone", async () => {
    const mesh = await start();
    const control = mesh.runFile().supervisor?.control ?? "";
    expect(statSync(control).mode & 0o777).toBe(0o600);
    expect(statSync(mesh.dataDir).mode & 0o777).toBe(0o700);
    mesh.process.kill("SIGTERM");
    await mesh.ended;
    expect(() => statSync(control)).toThrow(/ENOENT/);
  });

  it("says what is wrong in one line", async () => {
    const mesh = await start();
    expect(await mesh.restart("nats")).toMatchObject({
      code: 1,
      error: expect.stringContaining("Allowed choices are ingress, auth, guard, router, ledger."),
    });
    mesh.process.kill("SIGTERM");
    await mesh.ended;
    expect(await mesh.restart()).toMatchObject({
      code: 1,
      error: expect.stringMatching(/^sluice: No mesh is running here .*\n$/),
    });
  });
});

it("SIGHUP that is not the end of a terminal restarts all services", async () => {
  const mesh = await start();
  const before = pidsOf(mesh.runFile(), ...serviceNames);
  mesh.process.kill("SIGHUP");
  await vi.waitFor(() => expect(mesh.printed()).toContain("The restart is complete."), { timeout: 20_000 });
  expect(before.filter(isAlive)).toEqual([]);
});

it("connections wait for an ingress that was killed", async () => {
  const mesh = await start();
  const asking = keepAsking(mesh.runFile().gateway);
  for (const pid of pidsOf(mesh.runFile(), "ingress")) process.kill(pid, "SIGKILL");
  await vi.waitFor(() => expect(mesh.printed()).toContain("ingress is back"), { timeout: 10_000 });
  const { failures } = await asking.stop();
  // What it had accepted by then dies with it; what had not been accepted does not.
  expect(failures.length).toBeLessThanOrEqual(1);
});
