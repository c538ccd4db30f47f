import { relative } from "node:path";

export interface Announcement {
  gatewayUrl: string;
  ledgerUrl: string;
  apiKey: string;
  /** Where the simulator is, when it answers in place of the providers. */
  simulatorUrl: string | undefined;
  /** Names of the providers' keys that were found. */
  providerKeys: readonly string[];
  /** A model to try; undefined when no listed one has a key. */
  model: string | undefined;
  dataDir: string;
  /** Working folder, to show short paths. */
  directory: string;
}

/** What is printed when everything runs. */
export function announce(announcement: Announcement): string {
  const { gatewayUrl, ledgerUrl, apiKey, simulatorUrl, providerKeys, model, directory } = announcement;
  const folder = relative(directory, announcement.dataDir);
  const dataDir = folder.startsWith("..") || folder === "" ? announcement.dataDir : folder;
  const answers =
    simulatorUrl === undefined
      ? `the providers answer (found ${providerKeys.join(", ")})`
      : `the simulator answers, for no provider's key is set (${simulatorUrl})`;
  const lines = [
    "",
    "Sluice is ready",
    "",
    `  Gateway   ${gatewayUrl}`,
    `  API key   ${apiKey}`,
    `  Ledger    ${ledgerUrl}  (admin key in ${dataDir}/admin.key)`,
    `  Models    ${answers}`,
    `  Logs      ${dataDir}/logs`,
  ];
  if (model !== undefined) {
    lines.push(
      "",
      "Ask something:",
      "",
      curl("-s", false),
      "",
      "The same as a stream:",
      "",
      curl("-sN", true),
    );
  }
  lines.push("", "Ctrl-C ends it.", "");
  return `${lines.join("\n")}\n`;

  function curl(flags: string, isStream: boolean): string {
    const body = {
      model,
      ...(isStream ? { stream: true } : {}),
      messages: [{ role: "user", content: "Hello, who are you?" }],
    };
    return `curl ${flags} ${gatewayUrl}/v1/chat/completions -H 'authorization: Bearer ${apiKey}' -H 'content-type: application/json' -d '${JSON.stringify(body).replaceAll("'", "")}'`;
  }
}
