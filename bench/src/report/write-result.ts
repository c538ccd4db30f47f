import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes a result as JSON and as Markdown, `<date>-<name>` in a folder; a second one of the day goes over the first.
 * @returns path of the Markdown file
 */
export async function writeResult(
  { folder, name, startedAt }: { folder: string; name: string; startedAt: string },
  result: object,
  report: string,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${startedAt.slice(0, 10)}-${name}`);
  await writeFile(`${file}.json`, `${JSON.stringify(result, null, 2)}\n`);
  await writeFile(`${file}.md`, report);
  return `${file}.md`;
}
