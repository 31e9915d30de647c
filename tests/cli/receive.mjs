// The other end of a push message, by the words of RFC 8291 and RFC 8292 and with nothing of mdpwa's: a browser that
// subscribes, and that opens what its push service was handed. Prints JSON.

import { readFileSync } from "node:fs";

const { subtle } = globalThis.crypto;
const CURVE = "P-256";
const [task, endpoint] = process.argv.slice(2);
const print = (value) => console.log(JSON.stringify(value));

if (task === "subscribe") {
  const pair = await subtle.generateKey({ name: "ECDH", namedCurve: CURVE }, true, ["deriveBits"]);
  const auth = crypto.getRandomValues(new Uint8Array(16));
  const p256dh = new Uint8Array(await subtle.exportKey("raw", pair.publicKey));
  const subscription = { endpoint, expirationTime: null, keys: { p256dh: text(p256dh), auth: text(auth) } };
  print({ subscription, secret: await subtle.exportKey("jwk", pair.privateKey) });
} else {
  const { subscription, secret, headers, body } = JSON.parse(readFileSync(0, "utf8"));
  print({ payload: await open(subscription, secret, bytes(body)), sender: await sender(headers.authorization) });
}

async function open({ keys }, secret, message) {
  const salt = message.slice(0, 16);
  const size = new DataView(message.buffer).getUint32(16);
  const theirs = message.slice(21, 21 + message[20]);
  const sealed = message.slice(21 + message[20]);
  if (sealed.length > size) throw new Error("more than one record");
  const own = await subtle.importKey("jwk", secret, { name: "ECDH", namedCurve: CURVE }, false, ["deriveBits"]);
  const sent = await subtle.importKey("raw", theirs, { name: "ECDH", namedCurve: CURVE }, false, []);
  const shared = new Uint8Array(await subtle.deriveBits({ name: "ECDH", public: sent }, own, 256));
  const info = new Uint8Array([...latin("WebPush: info\0"), ...bytes(keys.p256dh), ...theirs]);
  const input = await derive(bytes(keys.auth), shared, info, 32);
  const key = await derive(salt, input, latin("Content-Encoding: aes128gcm\0"), 16);
  const iv = await derive(salt, input, latin("Content-Encoding: nonce\0"), 12);
  const cipher = await subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  const record = new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv }, cipher, sealed));
  const end = record.findLastIndex((byte) => byte !== 0);
  if (record[end] !== 2) throw new Error("the last record is not marked as such");
  return new TextDecoder("utf-8", { fatal: true }).decode(record.slice(0, end));
}

async function sender(authorization) {
  const [, token, key] = /^vapid t=([^,\s]+), ?k=([^,\s]+)$/.exec(authorization);
  const [head, claims, signature] = token.split(".");
  const known = await subtle.importKey("raw", bytes(key), { name: "ECDSA", namedCurve: CURVE }, false, ["verify"]);
  const genuine = await subtle.verify({ name: "ECDSA", hash: "SHA-256" }, known, bytes(signature), latin(`${head}.${claims}`));
  const { alg, typ } = JSON.parse(latin1(bytes(head)));
  const { aud, exp, sub } = JSON.parse(latin1(bytes(claims)));
  const left = exp - Date.now() / 1000;
  return { genuine, key, alg, typ, aud, sub, inTime: left > 0 && left <= 24 * 60 * 60 };
}

async function derive(salt, secret, info, length) {
  const key = await subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  return new Uint8Array(await subtle.deriveBits({ name: "HKDF", hash: "SHA-256", salt, info }, key, length * 8));
}

function bytes(base64url) {
  return new Uint8Array(Buffer.from(base64url, "base64url"));
}

function text(bytes) {
  return Buffer.from(bytes).toString("base64url");
}

function latin(text) {
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function latin1(bytes) {
  return Buffer.from(bytes).toString("latin1");
}
