// What a session can work on, what the local store holds, and what a client counts.

/** A repository on GitHub. */
export interface GitHubRepo {
  readonly owner: string;
  readonly repo: string;
  readonly isPrivate: boolean;
  /** The branch that is used when none is named. */
  readonly defaultBranch?: string;
  /** The names of its branches. */
  readonly branches: readonly string[];
}

/** Something a session can work on, as a rule a GitHub repository. */
export type Source = {
  /** The resource name, `sources/github/owner/repo`. */
  readonly name: string;
  /** The name without `sources/`. */
  readonly id: string;
} & (
  | { readonly type: 'githubRepo'; readonly githubRepo: GitHubRepo }
  | { readonly type: 'unknown'; readonly raw: unknown }
);

/** What is in the local store. */
export interface CacheInfo {
  /** The file; absent when the store is in memory. */
  readonly location?: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** How many sessions are in it. */
  readonly sessions: number;
  /** How many activities are in it. */
  readonly activities: number;
}

/** What a client has done since it was made; see {@link Jules.metrics}. */
export interface Metrics {
  /** Requests that were sent, repeated ones too. */
  readonly requests: number;
  /** Bytes of answers' bodies, after decompression. */
  readonly bytes: number;
  /** Requests that were sent again. */
  readonly retries: number;
  /** Answers that asked to slow down (429). */
  readonly throttles: number;
  /** New activities that were written to the local store. */
  readonly activities: number;
}
