// How a session ended, and what it left.

import type { ChangeSet } from './artifact';
import type { FileOptions, GeneratedFiles, GeneratedFilesOptions } from './files';
import type { PullRequest, SessionOutput } from './output';

/** How a session ended. A failed session is an outcome too, not an error. */
export interface Outcome {
  readonly sessionId: string;
  readonly title: string;
  readonly state: 'completed' | 'failed';
  /** The pull request, when it made one. */
  readonly pullRequest?: PullRequest;
  /** All its outputs. */
  readonly outputs: readonly SessionOutput[];
  /** Why it failed, when the agent said so. */
  readonly failureReason?: string;
  /** The session's page in the web app; may be empty. */
  readonly url: string;
  /** From its creation to its end by the server's clock, in milliseconds. */
  readonly durationMs: number;
  /** How many sessions it took: more than one where failed ones were started again (`retryFailed`). */
  readonly attempts: number;
  /** The ids of all of them in their order; the last is `sessionId`. */
  readonly sessionIds: readonly string[];
  /** The latest changes among the activities, where the outputs have none; {@link Outcome.changeSet} has either. */
  readonly latestChangeSet?: ChangeSet;
  /**
   * The files that the changes create or touch: of a created file the whole content, of any other the added lines.
   *
   * @example
   * for (const file of outcome.generatedFiles().filter('created')) console.log(file.path, file.content);
   */
  generatedFiles(): GeneratedFiles;
  /**
   * The files with their whole new content, made from what the directory has now.
   *
   * @throws (as a rejection) {@link PatchError} when its files are not those that the changes were made for.
   * @example
   * const files = await outcome.generatedFiles({ directory: './checkout' });
   */
  generatedFiles(options: FileOptions & { directory: string | URL }): Promise<GeneratedFiles>;
  /** The files, with or without a directory, made beside the event loop: for patches of many megabytes. */
  generatedFilesAsync(options?: GeneratedFilesOptions): Promise<GeneratedFiles>;
  /** The changes: those among the outputs, else the latest among the activities. */
  changeSet(): ChangeSet | undefined;
  /**
   * This outcome, when the session has completed; else throws, for programs that want an error.
   *
   * @throws {@link SessionEndedError}, whose `outcome` it is.
   * @example
   * const { pullRequest } = (await jules.run({ prompt: 'Add a changelog' })).throwIfFailed();
   */
  throwIfFailed(): Outcome;
}

/** Where one item of {@link Jules.all} stood when an error stopped it. */
export type ItemReport = {
  /** Its place among the items, from 0. */
  readonly index: number;
  /** Its session, if it was created. */
  readonly sessionId?: string;
} & (
  | {
      /** It keeps running on the server: `jules.session(sessionId)` is it. */
      readonly status: 'running';
    }
  | { readonly status: 'finished'; readonly outcome: Outcome }
  | {
      /** It couldn't be run. */
      readonly status: 'failed';
      /** A {@link JulesError}, or what `map` threw for it. */
      readonly error: unknown;
    }
);
