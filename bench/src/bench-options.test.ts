import { expect, test } from "vitest";
import { type BenchOptions, benchCommand } from "./bench-options.ts";
import { measurementNames } from "./measurements/measurement-name.ts";
import { targetNames } from "./targets/target-name.ts";

/** The options that arguments give, or what is said about them. */
async function parse(...commandArguments: string[]): Promise<{ options?: BenchOptions; said: string }> {
  let options: BenchOptions | undefined;
  let said = "";
  const command = benchCommand(async (given) => {
    options = given;
  });
  command.exitOverride().configureOutput({
    writeErr: (text) => {
      said += text;
    },
  });
  await command.parseAsync(commandArguments, { from: "user" }).catch(() => undefined);
  return { ...(options && { options }), said };
}

test("everything has a default", async () => {
  const { options } = await parse();
  expect(options).toMatchObject({
    targets: [...targetNames],
    only: [...measurementNames],
    peers: [],
    rounds: 5,
    seconds: 8,
    profile: [],
    profileScenario: "throughput",
  });
  expect(options?.soak).toBeUndefined();
});

test("targets and measurements come in the bench's own order", async () => {
  const { options } = await parse("--targets", "mesh, proxy", "--only", "bodies,throughput");
  expect(options).toMatchObject({ targets: ["proxy", "mesh"], only: ["throughput", "bodies"] });
});

test("--quick leaves what is said expressly", async () => {
  expect((await parse("--quick")).options).toMatchObject({ rounds: 1, seconds: 2 });
  expect((await parse("--quick", "--rounds", "3")).options).toMatchObject({ rounds: 3, seconds: 2 });
});

test("--profile and --peer may be repeated", async () => {
  const { options } = await parse(
    ..."--profile router --profile guard,auth --peer a=http://a --peer b=http://b".split(" "),
  );
  expect(options?.profile).toEqual(["router", "guard", "auth"]);
  expect(options?.peers.map(({ name }) => name)).toEqual(["a", "b"]);
});

test.each([
  [[], undefined],
  [["--failover"], 1000],
  [["--failover", "100"], 100],
])("%j measures failover with as many requests: %s", async (commandArguments, requests) => {
  expect((await parse(...commandArguments)).options?.failover).toBe(requests);
});

test.each([
  [["--targets", "mash"], "There is no mash; there are: direct, proxy, portkey, mesh, compact."],
  [["--only", "speed"], "There is no speed; there are: throughput, latency, streams, first-token, bodies."],
  [["--rounds", "0"], "It is a whole number from 1."],
  [["--seconds", "long"], "It is a number of seconds from 0 to 3600."],
  [["--upstream-port", "70000"], "It is a port number from 0 to 65535."],
  [["--soak", "1e5"], "It is a whole number from 1."],
  [["--failover", "0"], "It is a whole number from 1."],
  [["--name", "a/b"], "Letters, digits, points and dashes make a name."],
  [["--peer", "mesh=http://a"], "The name mesh is taken."],
  [["--peer", "nothing"], "A peer is name=url"],
  [["--profile-scenario", "bodies"], "Allowed choices are throughput, streams."],
  [["mesh"], "too many arguments"],
])("%j is refused with a reason", async (commandArguments, reason) => {
  const { options, said } = await parse(...commandArguments);
  expect(options).toBeUndefined();
  expect(said).toContain(reason);
});
