import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const base = fileURLToPath(new URL("../../sluice.yaml", import.meta.url));
const thresholds = [0.8, 0.85, 0.9, 0.95, 0.98] as const;

/** One way to cache: a model of its own, which shares nothing with the others. */
export interface CacheVariant {
  model: string;
  /** Least similarity; undefined where only the same words are found. */
  threshold: number | undefined;
  matchNumbers: boolean;
}

/** The same words only, then each threshold, with the same numbers and with any. */
export const cacheVariants: readonly CacheVariant[] = [
  { model: "cache-exact", threshold: undefined, matchNumbers: false },
  ...[true, false].flatMap((matchNumbers) =>
    thresholds.map((threshold) => ({
      model: `cache-${threshold}${matchNumbers ? "-numbers" : ""}`,
      threshold,
      matchNumbers,
    })),
  ),
];

/** A model that is asked first and not measured. */
export const warmUpVariant: CacheVariant = { model: "cache-warm-up", threshold: 0.9, matchNumbers: true };

/** Writes the bench's configuration with a model for each variant, and one for vectors. */
export async function writeCacheConfiguration(file: string): Promise<void> {
  const models = [warmUpVariant, ...cacheVariants].map(({ model, threshold, matchNumbers }) => {
    const semantic = { embeddingModel: "text-embedding-3-small", threshold, matchNumbers };
    const caching = { ttl: "1h", ...(threshold === undefined ? {} : { semantic }) };
    return `  - ${JSON.stringify({ name: model, backend: "openai", providerModel: "gpt-4o-mini", caching })}\n`;
  });
  const embeddings = `  - {name: text-embedding-3-small, backend: openai}\n`;
  const text = await readFile(base, "utf8");
  await writeFile(file, text.replace("models:\n", `models:\n${models.join("")}${embeddings}`));
}
