import {
  type ForgottenQuestion,
  forgottenQuestionSchema,
  type RememberedQuestion,
  rememberedQuestionSchema,
  type SimilarAnswer,
  type SimilarQuestion,
  similarQuestionSchema,
} from "@sluice/contracts/similar-reply";
import { similaritySubjects } from "@sluice/contracts/subjects";
import type { Bus } from "./bus.ts";
import { decodeJson, encodeJson } from "./internal/json-payload.ts";
import { subscribe } from "./internal/subscribe.ts";
import { decodeVector } from "./internal/vector-codec.ts";
import type { QuestionVector } from "./similarity.ts";

/** Shared by all replicas of the ledger: each question goes to one of them. */
const queueGroup = "ledger";

export interface SimilarityHandlers {
  find(question: QuestionVector<SimilarQuestion>): Promise<SimilarAnswer>;
  remember(question: QuestionVector<RememberedQuestion>): Promise<void>;
  forget(question: ForgottenQuestion): Promise<void>;
}

/** Answers what routers ask of similar questions, for as long as it is not stopped. */
export function serveSimilarity(bus: Bus, handlers: SimilarityHandlers): { stop(): Promise<void> } {
  const options = { queue: queueGroup };
  const subscriptions = [
    subscribe(
      bus,
      similaritySubjects.find,
      async (message) => {
        const { vector, ...question } = decodeJson("request", message.data, similarQuestionSchema);
        const answer = await handlers.find({ ...question, vector: decodeVector(vector) });
        message.respond(encodeJson(answer));
      },
      options,
    ),
    subscribe(
      bus,
      similaritySubjects.remember,
      async ({ data }) => {
        const { vector, ...question } = decodeJson("request", data, rememberedQuestionSchema);
        await handlers.remember({ ...question, vector: decodeVector(vector) });
      },
      options,
    ),
    subscribe(
      bus,
      similaritySubjects.forget,
      async ({ data }) => await handlers.forget(decodeJson("request", data, forgottenQuestionSchema)),
      options,
    ),
  ];
  return {
    stop: async () => {
      await Promise.all(subscriptions.map((subscription) => subscription.drain())).catch(() => undefined);
    },
  };
}
