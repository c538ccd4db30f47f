/** Why the set-up cannot go on, said in one line: what is wrong and how to mend it. */
export class SetUpFailure extends Error {
  /**
   * @param {string} what What is wrong.
   * @param {string} mend What to do about it, as an imperative sentence without its full stop.
   */
  constructor(what, mend) {
    super(`${oneLine(what).replace(/[.:\s]+$/, "")}. ${oneLine(mend).replace(/[.\s]+$/, "")}.`);
    this.name = "SetUpFailure";
  }
}

/**
 * Says an error of the set-up in one line. Errors of the file system get the remedy that goes with their code.
 * @param {unknown} error
 * @returns {string}
 */
export function failureLine(error) {
  if (error instanceof SetUpFailure) return error.message;
  if (!(error instanceof Error)) return oneLine(String(error));
  const code = "code" in error ? String(error.code) : "";
  const path = "path" in error ? String(error.path) : "the project folder";
  switch (code) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new SetUpFailure(
        `${path} cannot be written (${code})`,
        "Make it writable for this user, or clone the repository to a folder of your own",
      ).message;
    case "ENOSPC":
    case "EDQUOT":
      return new SetUpFailure(`The disk is full (${path})`, "Free about 1 GB and run the command again")
        .message;
    default:
      return oneLine(error.message);
  }
}

/** @param {string} text */
function oneLine(text) {
  return text.replace(/\s+/g, " ").trim();
}
