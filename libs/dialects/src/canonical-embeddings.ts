import type { Usage } from "@sluice/contracts/usage";

/** A request for embeddings in no dialect. */
export interface CanonicalEmbeddingsRequest {
  /** Model as the client named it. */
  model: string;
  /** One text, or token numbers of the provider's own tokenizer, per vector. */
  inputs: (string | number[])[];
  /** Length of the vectors; undefined: the model's own. */
  dimensions?: number;
  /** How an OpenAI client wants its vectors written. @default "float" */
  encoding: "float" | "base64";
  endUser?: string;
}

export interface CanonicalEmbeddingsReply {
  model?: string;
  /** In the order of the inputs. */
  vectors: number[][];
  usage?: Usage;
}
