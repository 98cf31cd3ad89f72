// How a session ended, and what it left.

import type { ChangeSet, ChangeType } from './artifact';
import type { PullRequest, SessionOutput } from './session';

/** One file that a session made or changed. */
export interface GeneratedFile {
  /** Its path in the source; of a renamed file the new one. */
  readonly path: string;
  /** What happened to it. */
  readonly changeType: ChangeType;
  /** The whole content of a created file; of any other the lines that were added, or with a directory the whole content. */
  readonly content: string;
  /** Lines added. */
  readonly additions: number;
  /** Lines removed. */
  readonly deletions: number;
}

/** Where the whole content of changed files comes from. */
export interface GeneratedFilesOptions {
  /** A checkout of the source, with or without the changes. Nothing is written to it. */
  directory?: string | URL | undefined;
}

/** The files of an outcome. */
export interface GeneratedFiles {
  /** All of them, in the order of the patch. */
  all(): GeneratedFile[];
  /** The one at this path. */
  get(path: string): GeneratedFile | undefined;
  /** Those that were changed in this way. */
  filter(changeType: ChangeType): GeneratedFile[];
}

/** How a session ended. A failed session is an outcome too, not an error. */
export interface Outcome {
  readonly sessionId: string;
  readonly title: string;
  readonly state: 'completed' | 'failed';
  /** The pull request, when it made one. */
  readonly pullRequest?: PullRequest;
  /** All that came out of it. */
  readonly outputs: readonly SessionOutput[];
  /** Why it failed, when the agent said so. */
  readonly failureReason?: string;
  /** The session's page in the web app; may be empty. */
  readonly url: string;
  /** From its creation to its end by the server's clock, in milliseconds. */
  readonly durationMs: number;
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
  generatedFiles(options: { directory: string | URL }): Promise<GeneratedFiles>;
  /** The changes: those among the outputs, else the latest among the activities. */
  changeSet(): ChangeSet | undefined;
}

/** Where one item of {@link Jules.all} stood when an error stopped it. */
export type ItemReport = {
  /** Its place among the items, from 0. */
  readonly index: number;
  /** Its session, if it was created. */
  readonly sessionId?: string;
} & (
  | {
      /** It goes on at the server: `jules.session(sessionId)` is it. */
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
