// The ESM entry: the same module as the CommonJS one, so that `instanceof` and `jules` are one in both worlds.
export * from './index.js';
