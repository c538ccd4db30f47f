# One image for all parts of a mesh. What it runs is its argument:
#   docker run sluice ingress | auth | guard | router | ledger | simulator | compact
#   docker run sluice <any command of sluice, such as --help>
# Sizes, settings and everything else: docs/containers.md.

# The files that decide which packages are installed, apart from all others: as long as they stay the same, the
# packages come from the cache.
FROM node:24-bookworm-slim AS manifests
WORKDIR /all
COPY . .
RUN mkdir /manifests \
 && find . -name package.json -exec cp --parents {} /manifests \; \
 && cp --parents pnpm-lock.yaml pnpm-workspace.yaml setup/*.mjs setup/toolchain.json /manifests

# The packages that run, and nothing that is for building, for editors or for tests.
FROM node:24-bookworm-slim AS packages
# Another npm registry, as npm itself takes it.
ARG NPM_CONFIG_REGISTRY=https://registry.npmjs.org/
ENV NPM_CONFIG_REGISTRY=$NPM_CONFIG_REGISTRY CI=true PNPM_CONFIG_TRUST_LOCKFILE=true
WORKDIR /app
COPY --from=manifests /manifests .
RUN node -e 'import("/app/setup/toolchain.mjs").then((toolchain) => toolchain.installToolchain())' \
 && .toolchain/bin/pnpm install --prod --frozen-lockfile --registry="$NPM_CONFIG_REGISTRY" --store-dir=/tmp/store \
 && rm -rf .toolchain setup /tmp/store pnpm-lock.yaml pnpm-workspace.yaml \
 && find node_modules -type f \( -name '*.d.ts' -o -name '*.d.cts' -o -name '*.d.mts' -o -name '*.map' \
      -o -iname 'readme*' -o -iname 'changelog*' -o -name '*.flow' \) -delete \
 && find node_modules/.pnpm -type d \( -path '*/node_modules/[!@]*/test' -o -path '*/node_modules/@*/*/test' \) \
      -not -path '*/test/*' -prune -exec rm -rf {} +

# Our own files, readable by everybody whatever the umask was that they were checked out with.
FROM manifests AS sources
RUN rm -rf setup pnpm-lock.yaml pnpm-workspace.yaml && chmod -R a+rX .

FROM debian:bookworm-slim
LABEL org.opencontainers.image.title="Sluice" \
      org.opencontainers.image.description="An AI gateway built as a mesh of small services on a NATS bus" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="0.1.0"
# For `sluice start`, which brings its own bus and Redis. The Node image's other contents (npm, headers) stay behind.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends redis-server \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt /var/log/* \
 && useradd --uid 10001 --user-group --no-create-home --home-dir /var/lib/sluice --shell /usr/sbin/nologin sluice \
 && install -d -o sluice -g sluice -m 0700 /var/lib/sluice \
 && install -d /etc/sluice
COPY --from=nats:2.15-alpine /usr/local/bin/nats-server /usr/local/bin/
COPY --from=packages /usr/local/bin/node /usr/local/bin/
COPY --from=packages /app /app
COPY --from=sources /all /app
RUN printf '#!/bin/sh\nexec node /app/cli/src/container/main.ts "$@"\n' > /usr/local/bin/sluice \
 && chmod 0755 /usr/local/bin/sluice
# A container has a network of its own: whoever publishes a port of it decides who reaches it.
ENV NODE_ENV=production \
    SLUICE_DATA_DIR=/var/lib/sluice \
    SLUICE_GATEWAY_HOST=0.0.0.0 \
    SLUICE_LEDGER_HOST=0.0.0.0 \
    SLUICE_METRICS_HOST=0.0.0.0 \
    SLUICE_METRICS_PORT=9464 \
    SLUICE_SIMULATOR_HOST=0.0.0.0 \
    SLUICE_SIMULATOR_PORT=8090
# Here is where commands look for sluice.yaml; without one, the image's own is used where a mesh is started.
WORKDIR /etc/sluice
EXPOSE 8080 8081 9464
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=3s --start-period=60s --start-interval=1s \
  CMD ["node", "/app/cli/src/container/health.ts"]
# The flag is the one that the supervisor gives its processes (cli/src/supervisor/service-process.ts).
ENTRYPOINT ["node", "--initial-old-space-size=256", "/app/cli/src/container/main.ts"]
CMD ["--help"]
