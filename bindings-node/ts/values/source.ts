// What a session can work on, what the local cache holds, and what a client counts.

/** A repository on GitHub. */
export interface GitHubRepo {
  readonly owner: string;
  readonly repo: string;
  readonly isPrivate: boolean;
  /** The default branch. */
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

/** A page of sources. */
export interface SourcesPage {
  readonly sources: readonly Source[];
  /** There when there are more. */
  readonly nextPageToken?: string;
}

/** What is in the local cache. */
export interface CacheInfo {
  /** The file; absent when the cache is in memory. */
  readonly location?: string;
  /** Why the cache is in memory instead of on disk: that the disk is full, say. */
  readonly reason?: string;
  /** Its size in bytes. */
  readonly bytes: number;
  /** How many sessions are in it. */
  readonly sessions: number;
  /** How many activities are in it. */
  readonly activities: number;
  /** When a sync of all sessions last came to its end, by the local clock, RFC 3339 in UTC. */
  readonly lastSynced?: string;
}

/** What the local cache has of one session, and whether the server may have more. */
export interface SessionCacheInfo {
  readonly sessionId: string;
  /** How many of its activities are in the cache. */
  readonly activities: number;
  /** When it was last fetched with all its activities, by the local clock, RFC 3339 in UTC. */
  readonly lastSynced?: string;
  /** Whether the server may have more than the cache. */
  readonly mayBeStale: boolean;
  // surface: property SessionCacheInfo reason open
  /**
   * Why.
   *
   * - `notCached`: The cache has never seen the session.
   * - `neverSynced`: Its activities were never fetched completely.
   * - `changed`: It was seen in another state, or changed at another time, after its activities were fetched.
   * - `running`: It had not ended when it was last fetched.
   * - `incomplete`: It had ended, and its last activities may not have been there yet.
   * - `outdated`: It was last fetched more than a day ago; a message may have woken it since.
   */
  readonly reason?: 'notCached' | 'neverSynced' | 'changed' | 'running' | 'incomplete' | 'outdated' | (string & {});
  // surface: end
}

/** What a sync has done; see {@link Jules.sync}. */
export interface SyncReport {
  /** Sessions that the cache did not have, to this depth, before. */
  readonly sessionsIngested: number;
  /** Sessions that it had, fetched again. */
  readonly sessionsRefreshed: number;
  /** Sessions that were skipped. */
  readonly sessionsSkipped: number;
  /** Sessions that no longer exist on the server: hidden, but kept in the cache. */
  readonly sessionsDeleted: number;
  /** Sessions that could not be fetched, although others could; the next sync tries again. */
  readonly sessionsFailed: number;
  /** Activities that are new in the cache. */
  readonly activitiesIngested: number;
  /** Whether everything that was asked for is in the cache now. */
  readonly isComplete: boolean;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
}

// surface: union WaitReason
/**
 * What the client waits for before it goes on.
 *
 * - `retry`: The next attempt, after one that failed.
 * - `throttle`: The pace that the server asked for (429).
 * - `concurrency`: A place among the requests that may be under way at once.
 * - `activityBudget`: A turn of the project's budget for listing activities.
 * - `turn`: Another call that does the same, here or in another process that shares the cache.
 * - `slot`: A free slot of the plan.
 * - `cache`: The cache: its lock, a connection, or its answer.
 * - `effect`: The server, which gets time to finish what it was asked for before that is looked for.
 * - `queued`: The session, which takes no message before it leaves the queue.
 */
export type WaitReason =
  | 'retry'
  | 'throttle'
  | 'concurrency'
  | 'activityBudget'
  | 'turn'
  | 'slot'
  | 'cache'
  | 'effect'
  | 'queued';
// surface: end

/** What a client has done since it was made; see {@link Jules.metrics}. */
export interface Metrics {
  // surface: values Metrics
  /** Requests that were sent, repeated ones too. */
  readonly requests: number;
  /** Bytes of answers' bodies, after decompression. */
  readonly bytes: number;
  /** Requests that were sent again, creates that waited for a slot too. */
  readonly retries: number;
  /** Answers that asked to slow down (429), also those to creates. */
  readonly throttles: number;
  /** New activities that were written to the cache. */
  readonly activities: number;
  /** Waits of the client's own that lasted over a second, by what was waited for. Each is a line of the log, too. */
  readonly waits: Readonly<Partial<Record<WaitReason, number>>>;
  // surface: end
}

/** A request that a client has made; see {@link Jules.recentRequests}. */
export interface RequestInfo {
  // surface: values RequestInfo
  /** The operation of the API, such as `sessions.create`. */
  readonly operation: string;
  /** The session that it was about; absent where it was about several, or one that was not created yet. */
  readonly sessionId?: string;
  /** The HTTP status; absent when there was no response. */
  readonly status?: number;
  /** The server's id of the request, to quote in a report; absent when it sent none. */
  readonly requestId?: string;
  /** Which attempt of its call it was, from 1. */
  readonly attempt: number;
  /** How long it took, in milliseconds. */
  readonly durationMs: number;
  // surface: end
}
