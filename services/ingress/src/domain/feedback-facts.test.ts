import { expect, test } from "vitest";
import { readFeedback } from "./feedback-facts.ts";

const id = "019ec000-0000-7000-8000-00000000000a";

test.each([
  [
    { request_id: id, score: 0 },
    { requestId: id, score: 0 },
  ],
  [
    { request_id: id.toUpperCase(), score: 1, comment: null },
    { requestId: id, score: 1 },
  ],
  [
    { request_id: id, score: 0.25, comment: "Too long." },
    { requestId: id, score: 0.25, comment: "Too long." },
  ],
])("%j is feedback", (body, expected) => {
  expect(readFeedback(body)).toEqual(expected);
});

test.each([
  [{ score: 1 }, "The field request_id is missing.", "request_id"],
  [
    { request_id: "req_1", score: 1 },
    "The field request_id must be the x-request-id of an answer.",
    "request_id",
  ],
  [{ request_id: id }, "The field score is missing.", "score"],
  [{ request_id: id, score: "good" }, "The field score must be a number from 0 to 1.", "score"],
  [{ request_id: id, score: 5 }, "The field score must be a number from 0 to 1.", "score"],
  [{ request_id: id, score: -1 }, "The field score must be a number from 0 to 1.", "score"],
  [
    { request_id: id, score: 1, comment: "x".repeat(2001) },
    "The field comment must be a text of at most 2000 characters.",
    "comment",
  ],
  [{ request_id: id, score: 1, commnet: "x" }, "There is no field commnet. Did you mean comment?", "commnet"],
])("%j is refused", (body, message, parameter) => {
  expect(() => readFeedback(body)).toThrow(
    expect.objectContaining({ code: "invalid_request", message, parameter }),
  );
});
