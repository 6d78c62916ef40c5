// `node scenario.mjs URL` beside a node_modules with openai: the same as scenario.py, for the JavaScript client.
import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";
import { VERSION } from "openai/version";

const client = new OpenAI({ baseURL: process.argv[2], apiKey: "none" });
const first = [
  { role: "system", content: "You are funny." },
  { role: "user", content: "A cat on a mat" },
];
const next = { role: "user", content: "And a dog on a sofa?" };
const lines = [...Array(12).keys()].map((n) =>
  JSON.stringify({
    messages: [first[0], { role: "user", content: `A cat ${n}` }, { role: "assistant", content: `It sat ${n}. Haha` }],
  }),
);

const file = await toFile(Buffer.from(lines.join("\n")), "jokes.jsonl");
const uploaded = await client.files.create({ file, purpose: "fine-tune" });
const method = { type: "supervised", supervised: { hyperparameters: { n_epochs: 1 } } };
let job = await client.fineTuning.jobs.create({ model: "practice-1", training_file: uploaded.id, method });
while (!["succeeded", "failed", "cancelled"].includes(job.status)) {
  await new Promise((resolve) => setTimeout(resolve, 200));
  job = await client.fineTuning.jobs.retrieve(job.id);
}
assert.equal(job.status, "succeeded");

const events = [];
for await (const event of client.fineTuning.jobs.listEvents(job.id, { limit: 3 })) events.push(event);
assert.equal(events[0].message, "The job has successfully completed");
assert.ok(new Set(events.map((event) => event.id)).size > 6);

const model = job.fine_tuned_model;
const { message } = (await client.chat.completions.create({ model, messages: first })).choices[0];
assert.ok(message.content);
const second = await client.chat.completions.create({ model, messages: [...first, message, next] });
assert.ok(second.choices[0].message.content);

let text = "";
let usage = null;
const options = { stream: true, stream_options: { include_usage: true } };
for await (const chunk of await client.chat.completions.create({ model, messages: first, ...options })) {
  text += chunk.choices[0]?.delta.content ?? "";
  usage = chunk.usage;
}
assert.ok(text && usage.total_tokens);

const embedded = await client.embeddings.create({ model: "text-embedding-minilm-l6-v2", input: ["a", "b"] });
assert.equal(embedded.data[1].embedding.length, 384);
console.log(`openai (JavaScript) ${VERSION}`);
