// What comes out of a session: pull requests and changes.

import type { ChangeSet } from './artifact';

/** A pull request that a session made. */
export interface PullRequest {
  readonly url: string;
  readonly title: string;
  readonly description: string;
  readonly baseRef?: string;
  readonly headRef?: string;
  /** Its number, from the URL. */
  readonly number?: number;
}

/** One thing that came out of a session. */
export type SessionOutput =
  | { readonly type: 'pullRequest'; readonly pullRequest: PullRequest }
  | { readonly type: 'changeSet'; readonly changeSet: ChangeSet }
  | { readonly type: 'unknown'; readonly raw: unknown };
