/** What metrics call a limit: as it is named, but of a key's without the key, which no metric has among its attributes. */
export function limitMetricName(limit: string): string {
  return limit.startsWith("key ") ? `key${limit.slice(limit.lastIndexOf("/"))}` : limit;
}
