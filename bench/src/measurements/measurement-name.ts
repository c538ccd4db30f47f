/** What can be measured, in the order in which it is. */
export const measurementNames = ["throughput", "latency", "streams", "first-token", "bodies"] as const;
export type MeasurementName = (typeof measurementNames)[number];
