import { stripVTControlCharacters } from "node:util";

/**
 * What npm, pnpm and apt say when something outside of them is wrong, and what helps. First match wins.
 * @type {{ pattern: RegExp, mend: string }[]}
 */
const knownFailures = [
  {
    pattern: /ENOSPC|space left on device|not enough free space|EDQUOT|disk quota/i,
    mend: "The disk is full: free about 1 GB and run the command again",
  },
  {
    pattern: /EINTEGRITY|ERR_PNPM_TARBALL_INTEGRITY|integrity check(sum)? failed/i,
    mend: "A package is not what the lock file says: check the registry or proxy in between, then run the command again",
  },
  {
    pattern:
      /^[EW]: Failed to fetch|Temporary failure resolving|Could not (resolve|connect)|Network is unreachable/i,
    mend: "Check the network and the package sources of apt, then run the command again",
  },
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|Connection refused|failed to lookup address|dns error|error sending request|error trying to connect/i,
    mend: "Check the network, the proxy (HTTPS_PROXY) and the registry (npm config get registry), then run the command again",
  },
  {
    pattern: /SELF_SIGNED_CERT|UNABLE_TO_(GET|VERIFY)|CERT_|invalid peer certificate|certificate verif/i,
    mend: "Name the certificate authority of your proxy in NODE_EXTRA_CA_CERTS and npm's cafile, then run the command again",
  },
  {
    pattern: /\bE40[13]\b|ERR_PNPM_FETCH_40[13]/,
    mend: "Log in to the registry (npm login), then run the command again",
  },
  {
    pattern: /\bE404\b|ERR_PNPM_FETCH_404|Unable to locate package/,
    mend: "Check that the registry or package source is a complete one, then run the command again",
  },
  {
    pattern: /ERR_PNPM_OUTDATED_LOCKFILE/,
    mend: "pnpm-lock.yaml does not fit the package.json files: run `.toolchain/bin/pnpm install`",
  },
  { pattern: /dpkg was interrupted/, mend: "Run `dpkg --configure -a`, then run the command again" },
  {
    pattern: /EACCES|EPERM|EROFS|Permission denied|Read-only file system/i,
    mend: "Make the folder writable for this user, then run the command again",
  },
];

/** A first line may hold the code alone; a later one says what was being done. */
const onlyCode = /^npm (error|ERR!) (code|errno|syscall)\b/;

const unknownMend = "Read the log, then run the command again";

/**
 * Finds the reason in what a failed program printed.
 * @param {string} output
 * @returns {{ what: string | undefined, mend: string }} `what` is the line that tells it, where there is one.
 */
export function explainFailure(output) {
  const lines = unwrapConclusion(stripVTControlCharacters(output))
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  for (const { pattern, mend } of knownFailures) {
    const matching = lines.filter((line) => pattern.test(line));
    const telling = matching.find((line) => !onlyCode.test(line)) ?? matching[0];
    if (telling !== undefined) return { what: shorten(telling), mend };
  }
  const last = lines.findLast((line) => /error|^E:|failed/i.test(line)) ?? lines.at(-1);
  return { what: last === undefined ? undefined : shorten(last), mend: unknownMend };
}

/**
 * pnpm ends with what it was doing and, behind arrows, the chain of reasons, wrapped to some width. They say more than
 * the lines before them, so they alone are looked at, as one line.
 * @param {string} output
 */
function unwrapConclusion(output) {
  const start = output.search(/^\s*[\u251c\u2570]\u2500\u25b6/m);
  if (start === -1) return output;
  const [conclusion = ""] = output.slice(start).split(/\n\s*\n/, 1);
  return conclusion
    .replace(/\n\s*[\u251c\u2570]\u2500\u25b6/g, ":")
    .replace(/[\u251c\u2570\u2502\u2500\u25b6]/g, "")
    .replace(/\s+/g, " ");
}

/**
 * Keeps a line readable; its end often says the most.
 * @param {string} line
 */
function shorten(line) {
  const bare = line.replace(/^npm (error|ERR!)\s*/, "");
  return bare.length > 300 ? `${bare.slice(0, 140)} … ${bare.slice(-140)}` : bare;
}
