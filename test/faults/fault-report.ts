import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { fileURLToPath } from "node:url";
import { findExecutable } from "@sluice/servers/find-executable";
import { faultTable, type OpenStreamsRow, openStreamsTable } from "./fault-table.ts";
import type { FaultRow } from "./run-fault.ts";

const file = fileURLToPath(new URL("../../docs/faults.md", import.meta.url));

export interface FaultReport {
  rows: readonly FaultRow[];
  openStreams: OpenStreamsRow;
  requests: number;
  perSecond: number;
}

/** Writes docs/faults.md. */
export async function writeFaultReport(report: FaultReport): Promise<void> {
  const { rows, openStreams, requests, perSecond } = report;
  const text = `# What happens when something dies

Written by \`npm run test:faults\`, which anybody can run; these figures are of ${new Date().toISOString().slice(0, 10)}, on ${machine()}. A shorter form of it is part of \`npm test\`.

Each row is one fault under a steady load of ${perSecond} requests a second, ${requests.toLocaleString("en")} in all, on a mesh of two replicas of each service with nats-server, Redis and a real Postgres. Of a hundred requests 48 are plain, 35 streams, 10 streams whose client goes away in the middle, 5 to a provider that does not report what it used, 1 has a body of 700 KB, and 1 comes from a client that reads 1 KB a second of 300 KB; half speak OpenAI's dialect, a quarter Anthropic's, a quarter Gemini's. The fault happens when a fifth of them is sent. Everything runs on the same machine, the clients and the simulated providers included.

${faultTable(rows)}

How to read it:

- **failed, clear error**: an HTTP error or an error event in the stream, in the words of the client's dialect; the codes are in [errors.md](errors.md). **connection lost**: the process that held the client's connection was killed. **hung**: no end after 35 s; the mesh gives a request 20 s.
- **paid twice**: requests of which the provider charges more than one call.
- **estimated**: calls whose usage the provider did not report, most of them because the client went away and a few because it never does; **unsettled**, a part of them, are those whose router died with them. They are booked with Sluice's own count until the provider's statement is there.
- **ledger − bill** is taken twice: before the providers' statements are handed in, and after \`sluice ledger reconcile\` with each provider's statement. After it every call is compared by itself, not only the sum.
- **open**: calls whose end the ledger had not heard of when the last client had its answer, and in the end.
- **MiB** is the resident memory of the ten service processes together. **recovered after** is the time from the fault to the end of the last request that failed.

## Open streams

${openStreams.streams.toLocaleString("en")} streams on one ingress, a chunk a second each, all of them open for ${openStreams.seconds} s: ${openStreams.cut} cut, ${openStreams.chunks.toLocaleString("en")} chunks delivered.

${openStreamsTable(openStreams)}
`;
  await writeFile(file, text);
}

function machine(): string {
  const nats = execFileSync(findExecutable("nats-server") ?? "nats-server", ["--version"], {
    encoding: "utf8",
  });
  const cores = cpus();
  return `${cores.length} cores (${cores[0]?.model.trim()}), ${Math.round(totalmem() / 1024 ** 3)} GiB, Node ${process.version}, ${nats.trim().replace(": v", " ")}`;
}
