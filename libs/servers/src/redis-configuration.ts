export type RedisConfiguration = {
  port: number;
  /** Letters and digits. */
  password: string;
  /** Folder of the append-only file. */
  dataDir: string;
  /** Where it takes connections, as `0.0.0.0` in a container, which has a network of its own. @default 127.0.0.1 */
  host?: string;
};

/**
 * Writes the configuration file of a redis-server. Counters and reservations survive a restart (append-only file,
 * synced every second), and a full memory is an error for the writer, never a counter that silently vanishes
 * (`noeviction`).
 */
export function redisConfiguration({ port, password, dataDir, host }: RedisConfiguration): string {
  const lines = [
    `bind ${host ?? "127.0.0.1"}`,
    `port ${port}`,
    `requirepass ${password}`,
    `dir ${JSON.stringify(dataDir)}`,
    "daemonize no",
    "databases 1",
    'save ""',
    "appendonly yes",
    "appendfsync everysec",
    "maxmemory-policy noeviction",
  ];
  return `${lines.join("\n")}\n`;
}
