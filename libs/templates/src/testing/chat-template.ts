/** A template as users write it for the rewriting of requests: a prompt becomes a chat. */
export const chatTemplate = `{
  "model": "gpt-3.5-turbo",
  "messages": [
    {
      "role": "system",
      "content": "You will always respond in JSON that includes the product and pitch attribute."
    },
    {
      "role": "user",
      "content": "{{ prompt }}"
    }
  ]
}
`;

/** What it gives for a prompt. */
export function chatOf(prompt: string) {
  return {
    model: "gpt-3.5-turbo",
    messages: [
      {
        role: "system",
        content: "You will always respond in JSON that includes the product and pitch attribute.",
      },
      { role: "user", content: prompt },
    ],
  };
}
