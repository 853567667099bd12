// Calls as programs in JavaScript make them. Prints what came of each as a line of JSON: [name, result or error].
import OpenAI, { toFile } from "openai";

const [baseURL, key] = process.argv.slice(2);
const headers = key ? { "x-headwater-key": key } : {};
const client = new OpenAI({ baseURL, apiKey: "sk-mock", maxRetries: 0, defaultHeaders: headers });
const messages = [{ role: "user", content: "What is the capital of France?" }];
const chat = { model: "gpt-4o-mini", messages };

async function collected(stream) {
  const chunks = [];
  for await (const chunk of await stream) chunks.push(chunk);
  return chunks;
}

const failing = (model) => client.chat.completions.create({ ...chat, model });
const once_more = (first) =>
  client.chat.completions.create(chat, { maxRetries: 3, headers: { "x-simulate": `err-429; first=${first}` } });

const calls = {
  chat: () => client.chat.completions.create({ ...chat, user: "u-1" }),
  "chat stream": () => collected(client.chat.completions.create({ ...chat, stream: true })),
  "chat stream with usage": () =>
    collected(client.chat.completions.create({ ...chat, stream: true, stream_options: { include_usage: true } })),
  "chat by events": () => client.chat.completions.stream(chat).finalChatCompletion(),
  responses: () => client.responses.create({ model: "gpt-5-mini", input: "Hello." }),
  "responses stream": () => collected(client.responses.create({ model: "gpt-5-mini", input: "Hello.", stream: true })),
  embeddings: () => client.embeddings.create({ model: "text-embedding-3-small", input: ["hello", "world"] }),
  moderations: () => client.moderations.create({ input: "hello" }),
  models: async () => (await collected(client.models.list())).map((model) => model.id),
  speech: async () => {
    const answer = await client.audio.speech.create({ model: "gpt-4o-mini-tts", voice: "alloy", input: "Hello." });
    return Buffer.from(await answer.arrayBuffer()).toString("base64");
  },
  transcription: async () => {
    const file = await toFile(Buffer.alloc(2000, 7), "a.wav");
    // What the pretended provider hears depends on the upload's random boundary.
    return Object.keys(await client.audio.transcriptions.create({ model: "gpt-4o-transcribe", file }));
  },
  "a stream that is left": async () => {
    const stream = await client.chat.completions.create({ ...chat, stream: true });
    for await (const chunk of stream) return chunk;
  },
  "error 400": () => failing("err-400"),
  "error 401": () => failing("err-401"),
  "error 429": () => failing("err-429"),
  "error 500": () => failing("err-500"),
  "error within a stream": () => collected(client.chat.completions.create({ ...chat, model: "err-mid", stream: true })),
  "a broken stream": () => collected(client.chat.completions.create({ ...chat, model: "cut-mid", stream: true })),
  "two retries": () => once_more(2),
};

for (const [name, call] of Object.entries(calls)) {
  let told;
  try {
    told = await call();
  } catch (error) {
    told = { error: error.constructor.name, status: error.status, message: error.message, code: error.code };
  }
  console.log(JSON.stringify([name, told]));
}
