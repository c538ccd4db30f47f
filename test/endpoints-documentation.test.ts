import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, inject, test } from "vitest";

const mesh = inject("mesh");
const page = readFileSync(fileURLToPath(new URL("../docs/endpoints.md", import.meta.url)), "utf8");
const examples = [...page.matchAll(/```sh\n(curl[\s\S]*?)```/g)].map(([, commands = ""]) => commands.trim());

test("the page has an example of each endpoint", () => {
  for (const path of [
    "/v1/chat/completions",
    "/v1/embeddings",
    "/v1/models",
    "/v1/feedback",
    "/v1/messages",
    ":generateContent",
    ":streamGenerateContent",
    "/v1beta/models",
    "/healthz",
    "/readyz",
  ]) {
    expect(examples.some((commands) => commands.includes(path))).toBe(true);
  }
});

test.each(examples)("%s", async (commands) => {
  // curl is told to fail for statuses of errors, and the shell to stop at the first failure.
  const { stdout } = await promisify(execFile)("sh", ["-ec", commands], {
    env: { PATH: process.env.PATH, SLUICE: mesh.gateway, KEY: mesh.apiKey },
  });
  expect(stdout).toMatch(/^(\{|data: \{)/);
  expect(stdout).not.toContain('"error"');
});
