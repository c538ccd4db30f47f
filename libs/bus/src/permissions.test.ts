import { busUserSchema } from "@sluice/contracts/service-name";
import { changeSubject } from "@sluice/contracts/subjects";
import { expect, test } from "vitest";
import { busPermissions } from "./permissions.ts";

/** Whether a pattern of NATS takes a subject. */
function covers(pattern: string, subject: string): boolean {
  const tokens = subject.split(".");
  const parts = pattern.split(".");
  return (
    parts.every((part, index) =>
      part === ">" ? index < tokens.length : part === "*" || part === tokens[index],
    ) &&
    (parts.at(-1) === ">" || parts.length === tokens.length)
  );
}

test("the operator alone publishes changes of the configuration", () => {
  const users = busUserSchema.options.filter((user) =>
    busPermissions(user).publish.some((pattern) => covers(pattern, changeSubject)),
  );
  expect(users).toEqual(["operator"]);
});
