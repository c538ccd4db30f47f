import type { AcceptedFrame, EndFrame, ErrorFrame, HeadFrame } from "@sluice/contracts/frames";

/** What a frame of each type holds. */
export interface FrameContents {
  accepted: AcceptedFrame;
  head: HeadFrame;
  data: Uint8Array;
  end: EndFrame;
  error: ErrorFrame;
  heartbeat: undefined;
  /** In place of a frame whose content breaks its contract: what is wrong with it. */
  unreadable: Error;
}

/** A frame as its reader sees it. `sequence` counts from 0 on within one delivery; see contracts/frames. */
export type Frame = {
  [Type in keyof FrameContents]: { type: Type; sequence: number; content: FrameContents[Type] };
}[keyof FrameContents];

/** A frame as its writer made it: data may still be in pieces. */
export type OutgoingFrame =
  | Exclude<Frame, { type: "data" | "unreadable" }>
  | { type: "data"; sequence: number; content: readonly Uint8Array[] };
