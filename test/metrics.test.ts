import { expect, inject, test } from "vitest";
import { sendChat } from "./support/raw-request.ts";

test("every service of a mesh serves the metrics of its part, and run.json says where", async () => {
  const mesh = inject("mesh");
  const response = await sendChat(mesh, {
    dialect: "openai",
    model: "gpt-4o-mini",
    text: "Hi",
    stream: true,
  });
  await response.text();
  const metricsOf = async (service: string): Promise<string> => {
    const url = mesh.processes.find((each) => [service, "compact"].includes(each.service))?.metricsUrl;
    return await (await fetch(`${url}/metrics`)).text();
  };
  const expected = {
    ingress: ["sluice_requests_open", "sluice_frames_received_total"],
    auth: ["sluice_queue_wait_seconds_count"],
    guard: ["sluice_guard_prompt_duration_seconds_count", "sluice_frames_sent_total"],
    router: [
      "gen_ai_client_token_usage_count",
      "gen_ai_client_operation_duration_seconds_count",
      "gen_ai_server_time_to_first_token_seconds_count",
      "gen_ai_server_time_per_output_token_seconds_count",
      "sluice_cancels_total",
    ],
    ledger: ["sluice_ledger_events_total"],
  };
  for (const [service, names] of Object.entries(expected)) {
    const text = await metricsOf(service);
    expect(names.filter((name) => !text.includes(name))).toEqual([]);
  }
});
