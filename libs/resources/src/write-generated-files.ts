import { writeFileSync } from "node:fs";
import { generatedFiles } from "./generated-files.ts";

// Run by `pnpm --filter @sluice/resources generate`.
for (const { file, text } of generatedFiles()) writeFileSync(file, text);
