/** What is said to whoever writes a key into the file. */
export const literalSecretMessage =
  "a key must not stand in this file: write {env: NAME} for an environment variable of the router, " +
  "or {file: PATH} for a file that it can read";
