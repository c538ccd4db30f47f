import { fileURLToPath } from "node:url";
import { Command, InvalidArgumentError, Option } from "commander";
import { type MeasurementName, measurementNames } from "./measurements/measurement-name.ts";
import { parsePeer } from "./parse-peer.ts";
import { type ProfileScenario, profileScenarios } from "./profile/run-profile.ts";
import type { Peer } from "./targets/peer-target.ts";
import { type TargetName, targetNames } from "./targets/target-name.ts";

/** What the bench is asked to do. */
export interface BenchOptions {
  targets: TargetName[];
  peers: Peer[];
  only: MeasurementName[];
  rounds: number;
  /** Length of one load. */
  seconds: number;
  model: string;
  /** Of the upstream; 0 takes any free one. */
  upstreamPort: number;
  /** Where results go. */
  out: string;
  /** Part of their names. */
  name: string;
  /** More arguments of `sluice start` for the mesh. */
  replicas: string | undefined;
  /** Services to profile; nothing is measured then. */
  profile: string[];
  profileScenario: ProfileScenario;
  /** Routes and keys of a large configuration; nothing else is measured then. */
  scale: { routes: number; keys: number } | undefined;
  /** Whether strategies are compared; nothing else is measured then. */
  strategies?: true;
  /** Kinds of questions for the caches, or all of them; nothing else is measured then. */
  cache: number | true | undefined;
  /** Whether limits and the cache are measured; nothing else is then. */
  limits: boolean | undefined;
  /** Requests of each load on targets that fail; nothing else is measured then. */
  failover: number | undefined;
  /** Requests of a soak; nothing else is measured then. */
  soak: number | undefined;
}

const resultsFolder = fileURLToPath(new URL("../results", import.meta.url));
/** Of a load. */
const usualFailoverRequests = 1_000;
const quick = { rounds: 1, seconds: 2 };

/**
 * The command line of the bench.
 * @param run Does the work; called when the arguments are good.
 */
export function benchCommand(run: (options: BenchOptions) => Promise<void>): Command {
  return new Command("bench")
    .description("Measures Sluice beside its peers: same machine, same upstream, same load, in turns.")
    .addOption(
      new Option("--targets <list>", "what to measure, with commas between")
        .argParser(listOf(targetNames))
        .default([...targetNames], targetNames.join(",")),
    )
    .option(
      "--peer <name=url[,header=value...]>",
      "an OpenAI-compatible gateway that runs already; repeatable",
      collectPeers,
      [],
    )
    .addOption(
      new Option("--only <list>", "which measurements, with commas between")
        .argParser(listOf(measurementNames))
        .default([...measurementNames], measurementNames.join(",")),
    )
    .option("--rounds <number>", "how often each figure is taken; medians are told", positiveInteger, 5)
    .option("--seconds <number>", "length of one load", positiveNumber, 8)
    .option("--quick", `a look: ${quick.rounds} round, ${quick.seconds} s a load`)
    .option(
      "--upstream-port <port>",
      "where the upstream listens, for peers (default: any free port)",
      port,
      0,
    )
    .option("--model <name>", "the model that is asked for", "gpt-4o-mini")
    .option("--replicas <list>", "processes of the mesh's services, as `sluice start` takes them")
    .option("--out <folder>", "where results go", resultsFolder)
    .option("--name <name>", "part of the names of the results", fileName, "bench")
    .option(
      "--profile <service>",
      "profile a service under load instead of measuring; repeatable",
      collect,
      [],
    )
    .addOption(
      new Option("--profile-scenario <name>", "the load of a profile")
        .choices(Object.keys(profileScenarios))
        .default("throughput"),
    )
    .option(
      "--soak <requests>",
      "memory at rest and after so many requests, instead of the rest",
      positiveInteger,
    )
    .option(
      "--cache [kinds]",
      "hits, false hits and latency of exact and semantic cache, on so many of 40 kinds of questions, instead of the rest",
      positiveInteger,
    )
    .option(
      "--scale <routes,keys>",
      "what a large configuration costs, beside a small one, instead of the rest",
      routesAndKeys,
    )
    .option("--strategies", "what the strategies make of one slow instance of three, instead of the rest")
    .option("--limits", "what limits, budgets and the cache add to a request, instead of the rest")
    .addOption(
      new Option(
        "--failover [requests]",
        "what is added to requests whose first target fails, instead of the rest",
      )
        .argParser(positiveInteger)
        .preset(String(usualFailoverRequests)),
    )
    .allowExcessArguments(false)
    .action(async (given: BenchOptions & { peer: Peer[]; quick?: boolean }, command: Command) => {
      const { peer, quick: isQuick, ...options } = given;
      const left = (name: string) => command.getOptionValueSource(name) === "default";
      await run({
        ...options,
        peers: peer,
        ...(isQuick && left("rounds") ? { rounds: quick.rounds } : {}),
        ...(isQuick && left("seconds") ? { seconds: quick.seconds } : {}),
      });
    });
}

function routesAndKeys(text: string): { routes: number; keys: number } {
  const [, routes, keys] = /^([1-9]\d{0,5}),([1-9]\d{0,5})$/.exec(text) ?? [];
  if (routes === undefined || keys === undefined)
    throw new InvalidArgumentError("Two whole numbers with a comma between, such as 5000,10000.");
  return { routes: Number(routes), keys: Number(keys) };
}

function listOf<Name extends string>(names: readonly Name[]): (text: string) => Name[] {
  return (text) => {
    const parts = text.split(",").map((part) => part.trim());
    const unknown = parts.filter((part) => !(names as readonly string[]).includes(part));
    if (unknown.length > 0) {
      throw new InvalidArgumentError(`There is no ${unknown.join(", ")}; there are: ${names.join(", ")}.`);
    }
    return names.filter((name) => parts.includes(name));
  };
}

function collect(value: string, before: string[]): string[] {
  return [...before, ...value.split(",")];
}

function collectPeers(value: string, before: Peer[]): Peer[] {
  const peer = parsePeer(value);
  if (typeof peer === "string") throw new InvalidArgumentError(peer);
  if ([...targetNames, ...before.map(({ name }) => name)].includes(peer.name)) {
    throw new InvalidArgumentError(`The name ${peer.name} is taken.`);
  }
  return [...before, peer];
}

function positiveInteger(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError("It is a whole number from 1.");
  return Number(text);
}

function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new InvalidArgumentError("It is a port number from 0 to 65535.");
  }
  return Number(text);
}

function positiveNumber(text: string): number {
  const number = Number(text);
  if (!(number > 0 && number <= 3600))
    throw new InvalidArgumentError("It is a number of seconds from 0 to 3600.");
  return number;
}

function fileName(text: string): string {
  if (!/^[\w.-]+$/.test(text))
    throw new InvalidArgumentError("Letters, digits, points and dashes make a name.");
  return text;
}
