import type { DialectName } from "@sluice/contracts/dialect-name";

interface StreamForm {
  dialect: DialectName;
  framing: "sse" | "json-array";
}
interface Said {
  text: string;
  toolArguments: string;
}

/** A streamed reply as a provider sends it, its text and the arguments of a tool call in the pieces given. */
export function streamOf(form: StreamForm, said: { text: string[]; toolArguments?: string[] }): Buffer {
  const { text, toolArguments = [] } = said;
  switch (form.dialect) {
    case "openai":
      return openai(text, toolArguments);
    case "anthropic":
      return anthropic(text, toolArguments);
    case "gemini":
      return gemini(form.framing, text, toolArguments);
  }
}

function openai(text: string[], toolArguments: string[]): Buffer {
  const chunk = (delta: object, finish_reason: string | null = null): object => ({
    id: "chatcmpl-4111111111111111",
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, finish_reason }],
  });
  const chunks = [
    chunk({ role: "assistant", content: "" }),
    ...text.map((content) => chunk({ content })),
    ...toolArguments.map((piece) => chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] })),
    chunk({}, "stop"),
  ];
  return Buffer.from(`${chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("")}data: [DONE]\n\n`);
}

function anthropic(text: string[], toolArguments: string[]): Buffer {
  const block = (index: number, content_block: object, deltas: object[]): object[] => [
    { type: "content_block_start", index, content_block },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
  const events = [
    { type: "message_start", message: { id: "msg_1", role: "assistant", content: [] } },
    ...block(
      0,
      { type: "text", text: "" },
      text.map((piece) => ({ type: "text_delta", text: piece })),
    ),
    ...block(
      1,
      { type: "tool_use", id: "toolu_1", name: "send", input: {} },
      toolArguments.map((partial_json) => ({ type: "input_json_delta", partial_json })),
    ),
    { type: "message_stop" },
  ];
  return Buffer.from(
    events
      .map((event) => `event: ${(event as { type: string }).type}\ndata: ${JSON.stringify(event)}\n\n`)
      .join(""),
  );
}

function gemini(framing: StreamForm["framing"], text: string[], toolArguments: string[]): Buffer {
  const chunk = (parts: object[], more: object = {}): object => ({
    candidates: [{ index: 0, content: { parts, role: "model" }, ...more }],
    responseId: "r",
  });
  const call =
    toolArguments.length === 0
      ? []
      : [chunk([{ functionCall: { name: "send", args: JSON.parse(toolArguments.join("")) as unknown } }])];
  const chunks = [
    ...text.map((piece) => chunk([{ text: piece }])),
    ...call,
    chunk([{ text: "" }], { finishReason: "STOP" }),
  ];
  if (framing === "json-array")
    return Buffer.from(`[${chunks.map((each) => JSON.stringify(each, null, 2)).join("\n,\r\n")}\n]\n`);
  return Buffer.from(chunks.map((each) => `data: ${JSON.stringify(each)}\r\n\r\n`).join(""));
}

/** What a client reads out of a streamed reply, also of one that was cut between events. */
export function textOf(form: StreamForm, stream: Uint8Array): Said {
  const said: Said = { text: "", toolArguments: "" };
  for (const event of eventsOf(form, Buffer.from(stream).toString())) {
    const { choices, delta, candidates } = event as Record<string, never>;
    for (const choice of (choices ?? []) as {
      delta: { content?: string; tool_calls?: { function: { arguments: string } }[] };
    }[]) {
      said.text += choice.delta.content ?? "";
      said.toolArguments += choice.delta.tool_calls?.[0]?.function.arguments ?? "";
    }
    const { text, partial_json } = (delta ?? {}) as { text?: string; partial_json?: string };
    said.text += text ?? "";
    said.toolArguments += partial_json ?? "";
    for (const candidate of (candidates ?? []) as {
      content: { parts: { text?: string; functionCall?: { args: object } }[] };
    }[]) {
      for (const part of candidate.content.parts) {
        said.text += part.text ?? "";
        if (part.functionCall !== undefined) said.toolArguments += JSON.stringify(part.functionCall.args);
      }
    }
  }
  return said;
}

function eventsOf({ framing }: StreamForm, stream: string): object[] {
  if (framing === "json-array") {
    const open = stream.trimEnd().replace(/[\],\s]*$/, "");
    return open === "" ? [] : (JSON.parse(`${open}]`) as object[]);
  }
  return stream
    .split(/\r?\n\r?\n/)
    .flatMap((event) => event.split(/\r?\n/).filter((line) => line.startsWith("data: {")))
    .map((line) => JSON.parse(line.slice(6)) as object);
}
