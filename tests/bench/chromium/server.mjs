// The one server for both contestants: late on purpose, counting, and at fault when it is told to be.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import http from "node:http";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { setTimeout as after } from "node:timers/promises";

const TYPES = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".json": "application/json", ".png": "image/png", ".svg": "image/svg+xml" };

export class Server {
  /** Requests being answered, and the most of them at a time. */
  inFlight = 0;
  most = 0;
  /** Paths asked for, in order. */
  asked = [];
  /** What arrives by POST. */
  desk = new Desk();
  #server;
  #port = 0;
  #sockets = new Set();

  /**
   * @param {{ folder: string, over?: Map<string, Buffer>, latency?: number, protocol?: "HTTP/1.1" | "HTTP/2" }} site
   *   `over` lies over the folder, by path.
   */
  constructor({ folder, over = new Map(), latency = 0, protocol = "HTTP/1.1" }) {
    Object.assign(this, { folder, over, latency, protocol });
  }

  async start() {
    const answer = (request, response) => this.#answer(request, response);
    this.#server = this.protocol === "HTTP/2" ? http2.createSecureServer(certificate(), answer) : http.createServer(answer);
    this.#server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
    await this.accept();
    this.origin = `${this.protocol === "HTTP/2" ? "https" : "http"}://127.0.0.1:${this.#port}`;
    return this;
  }

  /** Listens, after `stop` at the same port as before. */
  async accept() {
    await new Promise((resolve) => this.#server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = this.#server.address().port;
  }

  forget() {
    this.asked = [];
    this.most = 0;
  }

  stop() {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request, response) {
    const path = decodeURIComponent(new URL(request.url, this.origin).pathname);
    this.asked.push(path);
    this.inFlight += 1;
    this.most = Math.max(this.most, this.inFlight);
    if (this.latency) await after(this.latency);
    this.inFlight -= 1;
    if (request.method === "POST") return this.desk.take(path, request, response);
    const file = path.endsWith("/") ? `${path}index.html` : path;
    const body = this.over.get(file) ?? (await readFile(join(this.folder, file)).catch(() => undefined));
    if (!body) {
      response.writeHead(404).end();
      return;
    }
    const etag = `"${createHash("sha1").update(body).digest("base64url")}"`;
    const headers = { "content-type": TYPES[extname(file)] ?? "application/octet-stream", "cache-control": "no-cache", etag };
    if (request.headers["if-none-match"] === etag) response.writeHead(304, headers).end();
    else response.writeHead(200, headers).end(body);
  }
}

/** Stores records, one or many in a body, and each `Idempotency-Key` once; or does what it is told to instead. */
export class Desk {
  /** @type {{ path: string, texts: string[] }[]} every request that arrived */
  posts = [];
  /** @type {{ path: string, text: string }[]} every record that was stored, as often as it was */
  stored = [];
  /** @type {(texts: string[]) => undefined | number | "lose" | "hang" | "hang after"} */
  fault = () => undefined;
  #keys = new Set();
  #awaited = [];

  async take(path, request, response) {
    let text = "";
    for await (const part of request.setEncoding("utf8")) text += part;
    const body = JSON.parse(text);
    const texts = (body.notes ?? [body]).map((note) => note.text);
    this.posts.push({ path, texts });
    const fault = this.fault(texts);
    if (fault === undefined || fault === "hang after") this.#store(path, texts, request.headers["idempotency-key"]);
    for (const tell of this.#awaited.splice(0)) tell();
    if (fault === "lose") response.destroy();
    else if (!String(fault).startsWith("hang")) response.writeHead(fault ?? 201, { "content-type": "application/json" }).end("{}");
  }

  /** Resolves when the next request has arrived. */
  next() {
    return new Promise((resolve) => this.#awaited.push(resolve));
  }

  #store(path, texts, key) {
    if (key && this.#keys.has(key)) return;
    this.#keys.add(key);
    for (const text of texts) this.stored.push({ path, text });
  }
}

/** A certificate of this run's own, which the browser is told not to look at. */
function certificate() {
  const folder = mkdtempSync(join(tmpdir(), "mdpwa-bench-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "2", "-keyout", key, "-out", cert], { stdio: "ignore" });
  const files = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return files;
}
