/** What a command has to do with the world outside: its surroundings, and where it writes. */
export interface Terminal {
  environment: Readonly<Record<string, string | undefined>>;
  /** Where relative paths begin. */
  directory: string;
  /** Gives what is written to the command, to its end. */
  readInput(): Promise<string>;
  /** Takes results, line ends included. */
  out(text: string): void;
  /** Takes what is not a result: notes and errors, line ends included. */
  error(text: string): void;
}
