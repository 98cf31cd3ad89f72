// All types and nothing else: `import type { Outcome } from 'jules-sdk/types'`, for code that must not load the addon.

export type * from './index';
