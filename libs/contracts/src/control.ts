/**
 * What is said to an instance about a request that it holds or relays:
 * - `proceed`: the origin lets the router call the provider. A delivery that was given up never gets it,
 *   which is what makes a resend safe.
 * - `credit`: the reader of the frames takes so many more bytes of data.
 * - `cancel`: nobody wants the answer any more; stop, and still settle and record.
 */
export const controlTypes = { proceed: 0, credit: 1, cancel: 2 } as const;
export type ControlType = keyof typeof controlTypes;

/** Bytes of data frames that a writer may have on the way before the reader grants more. */
export const creditWindowBytes = 256 * 1024;
