import { CommandError } from "../command-error.ts";

const remedies: Record<string, string> = {
  ENOSPC: "the disk is full: free some space and start again",
  EDQUOT: "the disk quota is used up: free some space and start again",
  EACCES: "it is not ours to write: set SLUICE_DATA_DIR to a folder of this user",
  EPERM: "it is not ours to write: set SLUICE_DATA_DIR to a folder of this user",
  EROFS: "the file system is read-only: set SLUICE_DATA_DIR to a folder that can be written",
  EMFILE: "too many files are open: raise the limit (ulimit -n) and start again",
  ENOMEM: "memory is used up: free some and start again",
  EAGAIN: "no further process may be started: raise the limit (ulimit -u) and start again",
};

/** Says an error of the operating system in one line with its remedy; gives any other error back as it is. */
export function explainSystemFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return error;
  const remedy = remedies[error.code];
  if (remedy === undefined) return error;
  const path = "path" in error ? String(error.path) : "the data folder";
  return new CommandError(`${path} (${error.code}): ${remedy}.`, { cause: error });
}
