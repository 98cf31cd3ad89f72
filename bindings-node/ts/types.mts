// The ESM half of `jules-sdk/types`.

export type * from './index.js';
