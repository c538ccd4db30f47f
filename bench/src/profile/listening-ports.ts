import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The TCP ports (IPv4) that a process listens on, as Linux tells of them. */
export function listeningPorts(pid: number): Set<number> {
  const inodes = new Set<string>();
  for (const descriptor of readdirSync(`/proc/${pid}/fd`)) {
    const inode = socketInode(`/proc/${pid}/fd/${descriptor}`);
    if (inode !== undefined) inodes.add(inode);
  }
  return portsOf(readFileSync(`/proc/${pid}/net/tcp`, "utf8"), inodes);
}

const listening = "0A";

/**
 * Reads `/proc/net/tcp`: after a head, a line per socket with its local address (hexadecimal, as `0100007F:1F90`) in
 * the second field, its state in the fourth, its inode in the tenth.
 */
export function portsOf(table: string, inodes: ReadonlySet<string>): Set<number> {
  const ports = new Set<number>();
  for (const line of table.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    const [, local = "", , state] = fields;
    if (state !== listening || !inodes.has(fields[9] ?? "")) continue;
    ports.add(Number.parseInt(local.slice(local.indexOf(":") + 1), 16));
  }
  return ports;
}

/** A descriptor may have been closed since the folder was read. */
function socketInode(descriptor: string): string | undefined {
  try {
    return /^socket:\[(\d+)\]$/.exec(readlinkSync(descriptor))?.[1];
  } catch {
    return undefined;
  }
}
