import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { findProgram, postgresFolders } from "./find-program.mjs";
import { onInterruption } from "./interruption.mjs";
import { runLogged } from "./logged-command.mjs";
import { step } from "./progress.mjs";
import { SetUpFailure } from "./set-up-failure.mjs";

/**
 * @typedef {object} ServerPackage
 * @property {string[]} programs Any of these will do.
 * @property {() => string[]} [folders] Looked into beside the PATH.
 * @property {string} debianPackage
 * @property {string} unit Name of the service that Debian's package starts at boot.
 * @property {string} [variable] Environment variable that names a server elsewhere, so that none is needed here.
 */

/** @type {Record<"nats" | "redis" | "postgres", ServerPackage>} */
const serverPackages = {
  nats: {
    programs: ["nats-server"],
    debianPackage: "nats-server",
    unit: "nats-server",
    variable: "NATS_URL",
  },
  redis: {
    programs: ["redis-server", "valkey-server"],
    debianPackage: "redis-server",
    unit: "redis-server",
    variable: "REDIS_URL",
  },
  postgres: {
    programs: ["postgres"],
    folders: postgresFolders,
    debianPackage: "postgresql",
    unit: "postgresql",
  },
};

/**
 * The servers that a command needs and that are not here.
 *
 * `start` takes servers elsewhere when it is told of them. The bench and the tests always start their own, the
 * tests PostgreSQL too, because the ledger's tests run on both of its databases.
 *
 * @param {string} command
 * @returns {ServerPackage[]}
 */
export function missingServers(command) {
  const { nats, redis, postgres } = serverPackages;
  const needed =
    command === "start"
      ? [nats, redis].filter(({ variable }) => variable === undefined || (process.env[variable] ?? "") === "")
      : command === "bench"
        ? [nats, redis]
        : command.startsWith("test")
          ? [nats, redis, postgres]
          : [];
  return needed.filter(
    ({ programs, folders }) => !programs.some((program) => findProgram(program, folders?.())),
  );
}

/**
 * Installs Debian's packages of the servers, without any of them being started, now or at boot: Sluice runs its own
 * on ports of its own.
 *
 * @param {ServerPackage[]} servers
 */
export async function installServers(servers) {
  const names = servers.map(({ debianPackage }) => debianPackage);
  const aptGet = findProgram("apt-get");
  if (aptGet === undefined || process.getuid?.() !== 0) {
    const variables = servers.flatMap(({ variable }) => variable ?? []);
    const elsewhere =
      variables.length === 0 ? "" : `, or set ${variables.join(" and ")} to use servers elsewhere`;
    throw new SetUpFailure(
      `${names.join(" and ")} ${names.length === 1 ? "is" : "are"} not installed, and only root can install with apt`,
      `Install ${names.length === 1 ? "it" : "them"} (Debian: sudo apt-get install ${names.join(" ")})${elsewhere}`,
    );
  }
  await step(`${names.join(", ")} with apt-get`, async () => {
    const allowStarts = forbidServiceStarts();
    const cleanUp = () => {
      allowStarts();
      for (const server of servers) disableAtBoot(server);
    };
    const forget = onInterruption(cleanUp);
    try {
      await install(aptGet, names);
    } finally {
      forget();
      cleanUp();
    }
  });
}

/**
 * @param {string} aptGet
 * @param {string[]} names
 */
async function install(aptGet, names) {
  const environment = {
    ...process.env,
    DEBIAN_FRONTEND: "noninteractive",
    NEEDRESTART_MODE: "l",
    // Of the messages that apt translates, only the English ones can be told apart.
    LC_ALL: "C.UTF-8",
    // Init scripts see it and leave servers alone, where there is no systemd.
    RUNLEVEL: "1",
  };
  const options = ["-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=2"];
  /** A source that cannot be read need not be the one that has our packages: what counts is the installation. */
  let updateFailure;
  try {
    await runLogged({
      name: "apt-get update",
      program: aptGet,
      programArguments: [...options, "update"],
      environment,
    });
  } catch (error) {
    updateFailure = error;
  }
  try {
    await runLogged({
      name: "apt-get install",
      program: aptGet,
      programArguments: [...options, "install", "--yes", "--no-install-recommends", ...names],
      mustFinish: true,
      environment,
    });
  } catch (error) {
    throw updateFailure ?? error;
  }
}

const policyFile = "/usr/sbin/policy-rc.d";
const policy = "#!/bin/sh\n# Written by the set-up of Sluice for the time of an installation.\nexit 101\n";

/**
 * Debian's packages start their servers unless this file says no (invoke-rc.d, deb-systemd-invoke). An administrator's
 * own file is left as it is.
 * @returns {() => void} Takes the file away again.
 */
function forbidServiceStarts() {
  if (existsSync(policyFile) && readFileSync(policyFile, "utf8") !== policy) return () => {};
  writeFileSync(policyFile, policy);
  chmodSync(policyFile, 0o755);
  return () => rmSync(policyFile, { force: true });
}

/** @param {ServerPackage} server One that was not installed before, so nobody else counts on it. */
function disableAtBoot({ unit, debianPackage }) {
  const ways = [
    { program: findProgram("systemctl"), programArguments: ["disable", "--quiet", `${unit}.service`] },
    // Without systemd, as in a container: the links that Debian's package has made for it all the same.
    { program: findProgram("deb-systemd-helper"), programArguments: ["disable", `${unit}.service`] },
    { program: findProgram("update-rc.d"), programArguments: [unit, "disable"] },
  ];
  // deb-systemd-helper wants to be part of a package's installation, which this is.
  const environment = { ...process.env, DPKG_MAINTSCRIPT_PACKAGE: debianPackage };
  for (const { program, programArguments } of ways) {
    try {
      if (program !== undefined)
        execFileSync(program, programArguments, { stdio: "ignore", env: environment });
    } catch {
      // This way knows no such service, so there is nothing to disable.
    }
  }
}
