/**
 * What is said to an instance about a request that it holds or relays:
 * - `proceed`: the origin lets the router call the provider. A delivery that was given up never gets it,
 *   which is what makes a resend safe.
 * - `credit`: up to where the reader of the frames takes data, as a total of {@link dataCostBytes} since the
 *   reply began. A total and not an increase, so that one that is lost or said twice does no harm.
 * - `cancel`: nobody wants the answer any more; stop, and still settle and record.
 */
export const controlTypes = { proceed: 0, credit: 1, cancel: 2 } as const;
export type ControlType = keyof typeof controlTypes;

/** Cost of the data frames that a writer may have on the way before the reader grants more. */
export const creditWindowBytes = 256 * 1024;

/** About what a frame takes up beside its bytes while it waits at a reader. */
const frameOverheadBytes = 256;

/**
 * What a data frame costs of the window: its bytes and its place in memory. Counted in bytes alone, a quarter
 * of a million frames of one byte could wait at a reader.
 */
export function dataCostBytes(bytes: number): number {
  return frameOverheadBytes + bytes;
}
