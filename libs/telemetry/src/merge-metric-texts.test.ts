import { expect, test } from "vitest";
import { mergeMetricTexts } from "./merge-metric-texts.ts";

const auth = `# HELP target_info Target metadata
# TYPE target_info gauge
target_info{service_name="sluice-auth"} 1
# HELP frames_total Frames.
# TYPE frames_total counter
frames_total 3
frames_total{kind="a"} 4
`;
const router = `# HELP frames_total Frames.
# TYPE frames_total counter
frames_total 5
# HELP wait_seconds Wait.
# UNIT wait_seconds seconds
# TYPE wait_seconds histogram
wait_seconds_count 2
wait_seconds_bucket{le="+Inf"} 2
`;

test("each metric is described once, and its series are told apart by the labels of their part", () => {
  const merged = mergeMetricTexts([
    { labels: { service_name: "sluice-auth" }, text: auth },
    { labels: { service_name: "sluice-router" }, text: router },
  ]);
  expect(merged).toBe(`# HELP target_info Target metadata
# TYPE target_info gauge
target_info{service_name="sluice-auth"} 1
# HELP frames_total Frames.
# TYPE frames_total counter
frames_total{service_name="sluice-auth"} 3
frames_total{service_name="sluice-auth",kind="a"} 4
frames_total{service_name="sluice-router"} 5
# HELP wait_seconds Wait.
# UNIT wait_seconds seconds
# TYPE wait_seconds histogram
wait_seconds_count{service_name="sluice-router"} 2
wait_seconds_bucket{service_name="sluice-router",le="+Inf"} 2
`);
});
