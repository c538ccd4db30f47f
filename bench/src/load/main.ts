import { answerParent } from "../children/answer-parent.ts";
import { loadJobSchema } from "./load-job.ts";
import { runLoad } from "./run-load.ts";

/** The load generator. An order is a load; its answer is what came of it. */
answerParent(undefined, (order) => runLoad(loadJobSchema.parse(order)));
