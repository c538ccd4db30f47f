import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { busUserSchema, serviceNames } from "@sluice/contracts/service-name";
import { containerImages } from "@sluice/servers/testing/container-images";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { z } from "zod";
import packageJson from "../../package.json" with { type: "json" };
import { projectFolder } from "../supervisor/mesh-settings.ts";
import { parts } from "./parts.ts";

const mountSchema = z.union([
  z.string(),
  z.object({
    source: z.string(),
    read_only: z.boolean().optional(),
    volume: z.object({ subpath: z.string() }).optional(),
  }),
]);
const serviceSchema = z.object({
  image: z.string(),
  restart: z.string(),
  user: z.string().optional(),
  cap_drop: z.array(z.string()),
  security_opt: z.array(z.string()),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  container_name: z.string().optional(),
  ports: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(mountSchema).optional(),
  healthcheck: z.object({ test: z.array(z.string()).optional() }).optional(),
});
type ComposeService = z.infer<typeof serviceSchema>;

const read = (file: string) => readFileSync(join(projectFolder, file), "utf8");
const dockerfile = read("Dockerfile");
const { services } = z
  .object({ services: z.record(z.string(), serviceSchema) })
  .parse(parse(read("docker-compose.yml"), { merge: true }));
const entries: [string, ComposeService][] = Object.entries(services);
const runsOnce = ({ restart }: ComposeService) => restart === "no";

test("the five services and what they need are in the compose file", () => {
  expect(Object.keys(services)).toEqual(
    expect.arrayContaining([...serviceNames, "nats", "redis", "postgres", "simulator"]),
  );
});

test("all that goes on running has a health check, its own or the image's", () => {
  expect(dockerfile).toMatch(/^HEALTHCHECK .*\\\n\s+CMD \["node", "[^"]+health\.ts"\]$/m);
  const without = entries
    .filter(([, service]) => !runsOnce(service))
    .filter(([, { image, healthcheck }]) => healthcheck?.test === undefined && image !== "sluice");
  expect(without).toEqual([]);
});

test("ports are published on loopback unless somebody says otherwise", () => {
  const ports = entries.flatMap(([, service]) => service.ports ?? []);
  expect(ports.length).toBeGreaterThan(0);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose fills it in
  expect(ports.filter((port) => !port.startsWith("${SLUICE_PUBLISH_HOST:-127.0.0.1}:"))).toEqual([]);
});

test("what is to be scaled has neither a name nor a port to itself", () => {
  const fixed = serviceNames.filter(
    (name) => services[name]?.container_name !== undefined || services[name]?.ports !== undefined,
  );
  expect(fixed).toEqual([]);
});

test("nothing may more than it must", () => {
  const loose = entries.filter(
    ([, { cap_drop, security_opt }]) =>
      !cap_drop.includes("ALL") || !security_opt.includes("no-new-privileges:true"),
  );
  expect(loose).toEqual([]);
  const roots = entries.filter(([, { user }]) => user?.startsWith("0")).map(([name]) => name);
  // It gives the volumes to the user of the others, and has no network.
  expect(roots).toEqual(["owner"]);
});

test("no secret is in the environment but the providers' keys, which are the user's own", () => {
  const secrets = entries.flatMap(([name, { environment = {} }]) =>
    Object.keys(environment)
      .filter((variable) => /PASSWORD|SECRET|SEED|KEY|DATABASE_URL|REDIS_URL/.test(variable))
      .filter((variable) => !variable.endsWith("_FILE"))
      .map((variable) => [name, variable, environment[variable]]),
  );
  expect(secrets).toEqual(
    ["OPENAI", "ANTHROPIC", "GEMINI"].map((provider) => [
      "router",
      `${provider}_API_KEY`,
      `\${${provider}_API_KEY:-}`,
    ]),
  );
});

test("router and ingress alone are given keys that open secrets, and whoever applies them the keys that seal", () => {
  const given = entries.flatMap(([name, { environment = {} }]) =>
    Object.entries(environment)
      .filter(([variable]) => variable.includes("SEALING"))
      .map(([variable, file]) => `${name} ${variable}=${file}`),
  );
  expect(given.toSorted()).toEqual([
    "ingress SLUICE_SEALING_INGRESS_KEY_FILE=/run/sluice/sealing.key",
    "provision SLUICE_SEALING_FINGERPRINT_KEY_FILE=/run/sluice/sealing-fingerprint.key",
    "provision SLUICE_SEALING_INGRESS_PUBLIC_KEY_FILE=/run/sluice/sealing-ingress-public.key",
    "provision SLUICE_SEALING_PUBLIC_KEY_FILE=/run/sluice/sealing-public.key",
    "router SLUICE_SEALING_KEY_FILE=/run/sluice/sealing.key",
    "sluice SLUICE_SEALING_FINGERPRINT_KEY_FILE=/run/sluice/sealing-fingerprint.key",
    "sluice SLUICE_SEALING_INGRESS_PUBLIC_KEY_FILE=/run/sluice/sealing-ingress-public.key",
    "sluice SLUICE_SEALING_PUBLIC_KEY_FILE=/run/sluice/sealing-public.key",
  ]);
});

test("each sees its own secrets only, and can't write them", () => {
  const mounts = entries.flatMap(([name, { volumes = [] }]) =>
    volumes.flatMap((mount) =>
      typeof mount === "object" && mount.source === "secrets"
        ? [[name, mount.volume?.subpath, mount.read_only]]
        : [],
    ),
  );
  const operators = ["provision", "sluice"];
  expect(mounts.filter(([name]) => !operators.includes(String(name)))).toEqual(
    mounts.filter(([name]) => !operators.includes(String(name))).map(([name]) => [name, name, true]),
  );
  const users = busUserSchema.options.filter((user) => user in services);
  expect(mounts.map(([name]) => name)).toEqual(expect.arrayContaining(users));
});

test("versions are the same everywhere, and each is pinned", () => {
  const composed = new Set(entries.map(([, { image }]) => image).filter((image) => image !== "sluice"));
  const built = new Set(
    [...dockerfile.matchAll(/(?:FROM |--from=)([a-z]+:[\w.-]+)/g)].map(([, image]) => image),
  );
  const named = [...new Set([...composed, ...built])].sort();
  const documented = [...read("docs/containers.md").matchAll(/^\| (`.*?`) \|/gm)]
    .flatMap(([, cell = ""]) => [...cell.matchAll(/`([a-z]+:[\w.-]+)`/g)].map(([, image]) => image))
    .sort();
  expect(documented).toEqual(named);
  expect(named.filter((image) => !/:\d|:bookworm/.test(image ?? ""))).toEqual([]);
  expect(named).toEqual(expect.arrayContaining(Object.values(containerImages)));
});

test("the image runs as nobody in particular, as the first process, with the version of the command line", () => {
  const stages = dockerfile.split(/^FROM /m);
  const last = stages.at(-1) ?? "";
  expect(last).toMatch(/^USER 10001:10001$/m);
  expect(last).toMatch(/^ENTRYPOINT \["node", (?:"--[^"]+", )*"\/app\/cli\/[^"]+"\]$/m);
  expect(last).toContain(`org.opencontainers.image.version="${packageJson.version}"`);
  const users = entries.flatMap(([, { user }]) => (user === undefined || user === "0:0" ? [] : [user]));
  expect(new Set(users)).toEqual(new Set(["10001:10001"]));
});

test("each word that a container is started with leads to a file", () => {
  const missing = Object.values(parts).filter(({ file }) => !existsSync(join(projectFolder, file)));
  expect(missing.map(({ file }) => file)).toEqual([]);
  const commands = entries
    .filter(([, { image, entrypoint }]) => image === "sluice" && entrypoint === undefined)
    .map(([, { command = [] }]) => command[0] ?? "");
  const words = [...Object.keys(parts), "init", "provision", "status"];
  expect(commands.filter((command) => !words.includes(command))).toEqual([]);
});
