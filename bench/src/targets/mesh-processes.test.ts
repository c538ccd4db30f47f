import { expect, test } from "vitest";
import { meshProcesses } from "./mesh-processes.ts";

const instance = "i";

test("each process is there once, the supervisor with them", () => {
  const processes = [
    { service: "nats", instance, pid: 1 },
    { service: "router", instance, pid: 2 },
    { service: "router", instance, pid: 3 },
  ];
  expect(meshProcesses({ processes, supervisor: { pid: 9, control: "c" } }, "mesh")).toEqual([
    { service: "nats", pid: 1 },
    { service: "router", pid: 2 },
    { service: "router", pid: 3 },
    { service: "supervisor", pid: 9 },
  ]);
});

test("a process that is several services has the name of the whole", () => {
  const processes = ["auth", "guard", "router"].map((service) => ({ service, instance, pid: 5 }));
  expect(meshProcesses({ processes, supervisor: undefined }, "compact")).toEqual([
    { service: "compact", pid: 5 },
  ]);
});
