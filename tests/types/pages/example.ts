// A page in TypeScript, as somebody would write one for the example.

import { enqueue, flush, getState, register, requestPermission, requestSync, subscribe } from "./register.js";

export async function start(): Promise<string> {
  const { serviceWorker, backgroundSync } = await register();
  return serviceWorker ? (backgroundSync ? "in the background" : "while a page is open") : "online only";
}

export async function save(text: string): Promise<string> {
  await requestSync("persistToDatabase");
  const { id } = await enqueue("persistToDatabase", { text }, { id: "one" });
  return id;
}

export async function waiting(): Promise<number> {
  await requestPermission();
  const { sent, remaining, dead } = await flush("persistToDatabase");
  const tags = await getState();
  return sent + remaining + dead + tags.reduce((sum, { pending }) => sum + pending, 0);
}

export const stop: () => void = subscribe(({ type, ids }) => {
  if (type === "sent") document.title = `${ids.length} sent`;
});

// @ts-expect-error this tag is not in pwa.toml
export const mistaken = requestSync("persistToDatabse");
