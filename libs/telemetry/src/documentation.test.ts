import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { semanticConventionsVersion } from "./gen-ai-attributes.ts";
import { createMeshMetrics, type MeshMetrics } from "./mesh-metrics.ts";
import { metricCatalogue } from "./metric-catalogue.ts";

const page = readFileSync(new URL("../../../docs/telemetry.md", import.meta.url), "utf8");

/** Cells of the rows of the metric tables: name, name in Prometheus, unit, kind, attributes, meaning. */
const rows = page
  .split("\n")
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .filter((cells) => cells.length === 8 && cells[1]?.startsWith("`"))
  .map((cells) => cells.slice(1, -1));

test("the page lists the metrics of the catalogue with unit and meaning", () => {
  const documented = rows.map(([name, , unit, , , meaning]) => [name, unit, meaning]);
  const catalogue = Object.values(metricCatalogue).map((metric) => [
    `\`${metric.name}\``,
    `\`${metric.unit}\``,
    metric.description,
  ]);
  expect(documented.toSorted()).toEqual(catalogue.toSorted());
});

test("the page lists the names and kinds that are served, and no others", async () => {
  const metrics = createMeshMetrics({ service: "router", instance: "router-a1b2c3d4" });
  recordEverything(metrics);
  const text = await metrics.render();
  const served = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, kind]) => [`\`${name}\``, kind]);
  const documented = rows.map(([, name, , kind]) => [name, kind]);
  expect(documented.toSorted()).toEqual(served.filter(([name]) => name !== "`target_info`").toSorted());
});

test("the page lists what each metric is told apart by", () => {
  const operation = metricCatalogue.timeToFirstToken.attributes.map((name) => `\`${name}\``).join(", ");
  expect(page).toContain(`¹ ${operation}.`);
  const documented = rows.map(([name, , , , attributes]) => [
    name,
    attributes?.replace("operation¹", operation),
  ]);
  const catalogue = Object.values(metricCatalogue).map((metric) => [
    `\`${metric.name}\``,
    metric.attributes.map((name) => `\`${name}\``).join(", "),
  ]);
  expect(documented.toSorted()).toEqual(catalogue.toSorted());
});

test("the page names the release of the conventions", () => {
  expect(page).toContain(`semantic conventions (${semanticConventionsVersion})`);
});

function recordEverything(metrics: MeshMetrics): void {
  const call = { "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai" };
  metrics.operationDuration(1, call);
  metrics.tokenUsage(1, { ...call, "gen_ai.token.type": "output" });
  metrics.timeToFirstToken(1, call);
  metrics.timePerOutputToken(1, call);
  metrics.queueWait(1);
  metrics.creditStall(1);
  metrics.unreachable("auth");
}
