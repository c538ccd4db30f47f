import type { BusConnection } from "../bus.ts";
import { managerOf } from "./bucket-reader.ts";

/**
 * The keys that have left something in a bucket. It needs no consumer, which a cluster may place on a server that has
 * just died.
 * @throws the client's error when the stream does not answer
 */
export async function bucketKeys(bus: BusConnection, bucket: string): Promise<string[]> {
  const prefix = `$KV.${bucket}.`;
  const manager = await managerOf(bus);
  const { state } = await manager.streams.info(`KV_${bucket}`, { subjects_filter: `${prefix}>` });
  return Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
}

/**
 * Takes all messages of a key out of the stream of its bucket: nothing is left that says that it was deleted.
 * @throws the client's error when the stream does not answer
 */
export async function eraseKey(bus: BusConnection, bucket: string, key: string): Promise<void> {
  const manager = await managerOf(bus);
  await manager.streams.purge(`KV_${bucket}`, { filter: `$KV.${bucket}.${key}` });
}
