/**
 * Loaded into every process of a mesh by `NODE_OPTIONS=--import`: moves the clocks of some services, as if each ran
 * on a host whose clock is wrong by up to a minute.
 */
const skewsMs: Readonly<Record<string, number>> = {
  auth: 45_000,
  guard: -60_000,
  router: 60_000,
  ledger: -60_000,
};

const service = /[\\/]services[\\/](\w+)[\\/]src[\\/]main\.ts$/.exec(process.argv[1] ?? "")?.[1] ?? "";
const skewMs = skewsMs[service] ?? 0;

if (skewMs !== 0) {
  const now = (): number => RightDate.now() + skewMs;
  const RightDate = Date;
  globalThis.Date = new Proxy(RightDate, {
    construct: (target, parts, newTarget) =>
      Reflect.construct(target, parts.length === 0 ? [now()] : parts, newTarget) as Date,
    get: (target, name, receiver) =>
      name === "now" ? now : (Reflect.get(target, name, receiver) as unknown),
  });
}
