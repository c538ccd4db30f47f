import fc from "fast-check";
import { expect, it } from "vitest";
import { ByteBacklog } from "./byte-backlog.ts";

it("keeps exactly the bytes that have not gone", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 9 })), fc.array(fc.nat()), (pieces, goings) => {
      const backlog = new ByteBacklog();
      let come = 0;
      let gone = 0;
      for (const [index, piece] of pieces.entries()) {
        backlog.add(piece);
        come += piece.length;
        gone += (goings[index] ?? 0) % (come - gone + 1);
        backlog.passed(gone);
      }
      expect(Buffer.from(backlog.take())).toEqual(Buffer.concat(pieces).subarray(gone));
    }),
  );
});
