/** The metrics of one part of a process, in the Prometheus text format. */
export interface MetricText {
  /** Tell its series apart from those of the other parts. */
  labels: Readonly<Record<string, string>>;
  text: string;
}

/** A metric's HELP and TYPE lines, and its samples of all parts. */
interface Family {
  header: string[];
  samples: string[];
}

/** Name of a sample, and its labels with their braces if there are any. */
const samplePattern = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{)?/;

/**
 * Puts the metrics of several parts of a process into one text: each metric is described once, and its series have the
 * labels of their part. A label that a series has already stays as it is.
 */
export function mergeMetricTexts(parts: readonly MetricText[]): string {
  const families = new Map<string, Family>();
  for (const { labels, text } of parts) {
    let family: Family | undefined;
    let isNew = false;
    for (const line of text.split("\n")) {
      if (line === "") continue;
      if (line.startsWith("#")) {
        const [, keyword, name = ""] = line.split(" ", 3);
        if (keyword === "HELP" || family === undefined) {
          isNew = !families.has(name);
          family = families.get(name) ?? { header: [], samples: [] };
          families.set(name, family);
        }
        if (isNew) family.header.push(line);
      } else family?.samples.push(withLabels(line, labels));
    }
  }
  const lines = [...families.values()].flatMap(({ header, samples }) => [...header, ...samples]);
  return `${lines.join("\n")}\n`;
}

function withLabels(sample: string, labels: Readonly<Record<string, string>>): string {
  const added = Object.entries(labels)
    .filter(([name]) => !sample.includes(`{${name}="`) && !sample.includes(`,${name}="`))
    .map(([name, value]) => `${name}="${value}"`)
    .join(",");
  if (added === "") return sample;
  return sample.replace(samplePattern, (_, name: string, brace: string | undefined) =>
    brace === undefined ? `${name}{${added}}` : `${name}{${added},`,
  );
}
