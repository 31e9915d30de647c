/** Delivers what waits under tags, on the occasion of something else; who can do that puts itself in. */
const delivery = { wake: async (/** @type {string[]} */ _tags) => {} };
