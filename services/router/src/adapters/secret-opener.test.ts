import { seal } from "@sluice/sealing/seal";
import { createSealingKey, publicSealingKey } from "@sluice/sealing/sealing-keys";
import { expect, test } from "vitest";
import { type SealedSecret, SecretOpener } from "./secret-opener.ts";

const sealingKey = createSealingKey();
const name = "Secret default/gw-api-key openai-api-key";
const sealedFor = async (value: string, place = name): Promise<SealedSecret> => ({
  sealed: await seal(publicSealingKey(sealingKey), value, place),
  name: place,
});

async function refusalOf(opener: SecretOpener, secret: SealedSecret): Promise<unknown> {
  return await opener.open(secret).catch((error: unknown) => error);
}

test("opens what was sealed for its key, again and again", async () => {
  const opener = new SecretOpener(sealingKey);
  const secret = await sealedFor("sk-1");
  expect([await opener.open(secret), await opener.open(secret)]).toEqual(["sk-1", "sk-1"]);
});

test("a value that is kept open still opens under its own name only", async () => {
  const opener = new SecretOpener(sealingKey);
  const secret = await sealedFor("sk-1");
  await opener.open(secret);
  expect(await refusalOf(opener, { ...secret, name: "Secret default/other openai-api-key" })).toMatchObject({
    code: "provider_credential",
    message: "Secret default/other openai-api-key can't be opened with the router's key: apply it again.",
  });
  expect(await opener.open(secret)).toBe("sk-1");
});

test("more values than are kept open all open", async () => {
  const opener = new SecretOpener(sealingKey, 2);
  const values = ["sk-1", "sk-2", "sk-3"];
  const secrets = await Promise.all(values.map((value) => sealedFor(value)));
  for (const round of [1, 2]) {
    const opened = await Promise.all(secrets.map((secret) => opener.open(secret)));
    expect([round, opened]).toEqual([round, values]);
  }
});

test.each([
  ["no key", undefined, "set the variable SLUICE_SEALING_KEY of the router."],
  ["another key", createSealingKey(), "apply it again."],
])("with %s it says which secret and entry, and nothing of what is in it", async (_, key, remedy) => {
  const refusal = await refusalOf(new SecretOpener(key), await sealedFor("sk-hunter2"));
  expect(refusal).toMatchObject({
    code: "provider_credential",
    message: expect.stringMatching(new RegExp(`^${name} can't be opened.*${remedy}$`)),
  });
  expect(String(refusal)).not.toContain("hunter2");
  expect(String(refusal)).not.toContain("sealed:v1:");
});

test("what is no sealed text is not shown either", async () => {
  const refusal = await refusalOf(new SecretOpener(sealingKey), { sealed: "sk-hunter2", name });
  expect(refusal).toMatchObject({ code: "provider_credential" });
  expect(JSON.stringify([refusal, String((refusal as Error).cause)])).not.toContain("hunter2");
});
