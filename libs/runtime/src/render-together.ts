import type { Instance } from "@sluice/contracts/service-name";
import { mergeMetricTexts } from "@sluice/telemetry/merge-metric-texts";

/** One of those whose metrics a process serves. */
export interface MetricSource {
  service: string;
  instance: Instance;
  render(): Promise<string>;
}

/**
 * The metrics of all in one text. Their series are told apart by what OpenTelemetry calls the service and the instance;
 * one that can't be read is left out.
 */
export async function renderTogether(sources: readonly MetricSource[]): Promise<string> {
  const parts = await Promise.all(
    sources.map(async (source) => ({
      labels: { service_name: `sluice-${source.service}`, service_instance_id: source.instance },
      text: await source.render().catch(() => ""),
    })),
  );
  return mergeMetricTexts(parts);
}
