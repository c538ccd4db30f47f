/** The images that tests run in containers; a test holds them equal to those of docker-compose.yml. */
export const containerImages = {
  nats: "nats:2.15-alpine",
  redis: "redis:8-alpine",
  postgres: "postgres:18-bookworm",
} as const;
