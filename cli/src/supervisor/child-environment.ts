/** What any program may need to run at all, to be trusted and to be found. */
const common =
  /^(PATH|HOME|USER|LANG|LC_\w+|TZ|TMPDIR|NODE_OPTIONS|NODE_COMPILE_CACHE|NODE_EXTRA_CA_CERTS|SSL_CERT_(FILE|DIR)|LOG_LEVEL|OTEL_\w+|(https?|no|all)_proxy)$/i;

/** Of one process only, or secret. */
const own =
  /^SLUICE_(ADMIN_KEY\w*|METRICS_PORT|GATEWAY_PORT|LEDGER_PORT|GATEWAY_SOCKETS|REUSE_PORT|DATA_DIR|CACHE_DIR|CONFIG|EVENT_STREAM_BYTES|STREAM_REPLICAS|SEALING_\w+|API_KEY_DIGEST_KEY\w*)$/;

/** What the ledger alone is told. */
const database = /^(DATABASE_URL|PG[A-Z]+)$/;

/** What AuthPolicies may name as the place of a secret for an authorization server. */
const ofAuth = /^AUTH_/;

type Environment = Readonly<Record<string, string | undefined>>;

/** The variables that every process of the mesh gets: common ones, and Sluice's own settings. */
export function sharedEnvironment(environment: Environment): Record<string, string> {
  return select(environment, (name) => (common.test(name) || name.startsWith("SLUICE_")) && !own.test(name));
}

/** The variables that tell the ledger about its database. */
export function databaseEnvironment(environment: Environment): Record<string, string> {
  return select(environment, (name) => database.test(name));
}

/** The variables that auth gets: those that are named as its own, since it has no business with providers' keys. */
export function authEnvironment(environment: Environment): Record<string, string> {
  return select(environment, (name) => ofAuth.test(name));
}

/**
 * The variables that the router gets: all but those of other services, because the configuration may name any
 * variable as the place of a provider's key.
 */
export function providerEnvironment(environment: Environment): Record<string, string> {
  return select(
    environment,
    (name) =>
      !own.test(name) &&
      !database.test(name) &&
      !ofAuth.test(name) &&
      !/^(NATS|REDIS)_/.test(name) &&
      !name.startsWith("npm_"),
  );
}

function select(environment: Environment, wanted: (name: string) => boolean): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && value !== "" && wanted(name) ? [[name, value]] : [],
    ),
  );
}
