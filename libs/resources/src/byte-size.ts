import { z } from "zod";

const unitBytes = {
  B: 1,
  KB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
} as const;
const sizePattern = /^(\d{1,12})(B|KB|MB|GB|KiB|MiB|GiB)$/;

/**
 * Reads a size such as `512KiB`, `32MiB` or `10MB`.
 * @returns bytes, or undefined when the text is not a size
 */
export function parseByteSize(text: string): number | undefined {
  const [, digits, unit] = sizePattern.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * unitBytes[unit as keyof typeof unitBytes];
}

/** Writes bytes in the largest binary unit that holds them exactly. */
export function formatByteSize(bytes: number): string {
  for (const unit of ["GiB", "MiB", "KiB"] as const) {
    if (bytes > 0 && bytes % unitBytes[unit] === 0) return `${bytes / unitBytes[unit]}${unit}`;
  }
  return `${bytes}B`;
}

const hint = "a size with its unit, such as 512KiB or 32MiB";

/**
 * A size as it stands in YAML, read to bytes.
 * @param range Inclusive limits.
 */
export function byteSizeSchema({ minBytes, maxBytes }: { minBytes: number; maxBytes: number }) {
  return z
    .string({ error: hint })
    .regex(sizePattern, hint)
    .transform((text) => parseByteSize(text) ?? 0)
    .pipe(
      z
        .int()
        .min(minBytes, `at least ${formatByteSize(minBytes)}`)
        .max(maxBytes, `at most ${formatByteSize(maxBytes)}`),
    );
}
