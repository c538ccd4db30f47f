import { SluiceError } from "@sluice/contracts/sluice-error";

/** Where a server is and how to get in. */
export type RedisAddress = {
  host: string;
  port: number;
  username?: string;
  password?: string;
  database: number;
  tls: boolean;
};

const standardPort = 6379;

/**
 * Reads `redis://user:password@host:port/database`, or `rediss://` for TLS. User, password, port and database may be
 * left out.
 * @throws {SluiceError} `internal`, in words that hold nothing of the URL: there is a password in it
 */
export function redisAddress(url: string): RedisAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["redis:", "rediss:"].includes(parsed.protocol) || parsed.hostname === "")
    throw wrong("must be redis://host:port or rediss://host:port");
  if (parsed.search !== "" || parsed.hash !== "") throw wrong("can't have a query or a fragment");
  if (!/^\/?\d*$/.test(parsed.pathname)) throw wrong("has a path that is no number of a database");
  const username = decoded(parsed.username);
  const password = decoded(parsed.password);
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: parsed.port === "" ? standardPort : Number(parsed.port),
    ...(username === "" ? {} : { username }),
    ...(password === "" ? {} : { password }),
    database: Number(parsed.pathname.slice(1)),
    tls: parsed.protocol === "rediss:",
  };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw wrong("has a user or password with a % that begins no escape");
  }
}

function wrong(what: string): SluiceError {
  return new SluiceError("internal", `The URL of Redis ${what}.`);
}
