import { Agent, request } from "undici";
import type { z } from "zod";

/** Largest answer that is read, bytes. */
const maxAnswerBytes = 512 * 1024;

/** Why an answer of a server can't be used; says nothing of what was sent. */
export class JsonClientError extends Error {
  override readonly name = "JsonClientError";
}

export interface JsonRequest {
  url: string;
  /** From the beginning to the end of the answer. */
  timeoutMs: number;
  /** Sent by POST as a form. @default a GET */
  form?: URLSearchParams;
  headers?: Readonly<Record<string, string>>;
}

/**
 * Asks issuers and authorization servers. It follows no redirect: where keys come from is what the configuration says.
 * What it sends and is answered is in no error.
 */
export class JsonClient {
  readonly #agent = new Agent({ connections: 16, connect: { timeout: 5_000 } });

  /**
   * @returns what the schema makes of the answer
   * @throws JsonClientError where there is none in time, or one that is not 200 with such JSON
   */
  async ask<Schema extends z.ZodType>(
    { url, timeoutMs, form, headers }: JsonRequest,
    schema: Schema,
  ): Promise<z.output<Schema>> {
    const { origin } = new URL(url);
    let status: number;
    let text: string;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await request(url, {
        dispatcher: this.#agent,
        signal,
        method: form === undefined ? "GET" : "POST",
        headers: {
          accept: "application/json",
          ...(form === undefined ? {} : { "content-type": "application/x-www-form-urlencoded" }),
          ...headers,
        },
        ...(form === undefined ? {} : { body: form.toString() }),
      });
      status = answer.statusCode;
      text = await readText(answer.body);
    } catch (error) {
      if (error instanceof JsonClientError) throw error;
      const { code, name } = error as { code?: unknown; name?: unknown };
      throw new JsonClientError(`${origin} did not answer (${String(code ?? name)})`);
    }
    if (status !== 200) throw new JsonClientError(`${origin} answered ${status}`);
    const parsed = schema.safeParse(jsonOf(text));
    if (parsed.success) return parsed.data;
    throw new JsonClientError(`${origin} answered what was not asked for`);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.byteLength;
    if (bytes > maxAnswerBytes) throw new JsonClientError(`an answer is larger than ${maxAnswerBytes} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
