import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Mesh } from "./mesh.ts";

const { PATH, NODE_COMPILE_CACHE } = process.env;
const script = fileURLToPath(new URL("../../cli/src/main.ts", import.meta.url));

export interface SluiceRun {
  code: number;
  out: string;
  error: string;
}

/** Runs `sluice` as its user would, against a mesh. */
export function runSluice(mesh: Pick<Mesh, "dataDir">, ...commandArguments: string[]): Promise<SluiceRun> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [script, ...commandArguments],
      { cwd: mesh.dataDir, env: { PATH, NODE_COMPILE_CACHE, SLUICE_DATA_DIR: mesh.dataDir } },
      (_error, out, error) => resolve({ code: child.exitCode ?? -1, out, error }),
    );
  });
}

const createdKeySchema = z.object({ id: z.string(), secret: z.string() });
export type CreatedKey = z.infer<typeof createdKeySchema>;

/** Makes a virtual key. @param options of `sluice keys create`, besides the name */
export async function createKey(mesh: Pick<Mesh, "dataDir">, ...options: string[]): Promise<CreatedKey> {
  const { code, out, error } = await runSluice(
    mesh,
    "keys",
    "create",
    "--name",
    "test",
    "--json",
    ...options,
  );
  if (code !== 0) throw new Error(`no key was made: ${error}`);
  return createdKeySchema.parse(JSON.parse(out));
}
