import { CommandError } from "./command-error.ts";

/**
 * Says in one line why a file that somebody named can't be read; gives any other error back as it is.
 * @param file as it was named
 */
export function explainFileFailure(file: string, cause: unknown): unknown {
  const { code } = cause as NodeJS.ErrnoException;
  if (code === "ENOENT" || code === "ENOTDIR")
    return new CommandError(`There is no file ${file} here.`, { cause });
  if (code === "EISDIR") return new CommandError(`${file} is a folder, not a file.`, { cause });
  if (code === "EACCES") return new CommandError(`The file ${file} may not be read.`, { cause });
  return cause;
}
