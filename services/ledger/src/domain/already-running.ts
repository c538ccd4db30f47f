/** What was asked for is being done already, and can't be done twice at once. */
export class AlreadyRunning extends Error {
  override readonly name = "AlreadyRunning";
}
