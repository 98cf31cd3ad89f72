// The files that a session made or changed, with the methods to find one.

import { methods } from './prototype';

// surface: union ChangeType
/**
 * What happened to a file.
 *
 * - `created`: It is new.
 * - `modified`: It was modified.
 * - `deleted`: It is gone.
 * - `renamed`: It has another path.
 */
export type ChangeType = 'created' | 'modified' | 'deleted' | 'renamed';
// surface: end

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

/** How files are worked on. */
export interface FileOptions {
  /** Stops it with the signal's reason, as long as the work on the files has not begun: none is left half done. */
  signal?: AbortSignal | undefined;
}

/** Where the whole content of changed files comes from. */
export interface GeneratedFilesOptions extends FileOptions {
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

/** What is behind the methods: shown when it is printed. */
interface Files {
  readonly files: readonly GeneratedFile[];
}

/** The files with their methods. */
export function filesOf(files: readonly GeneratedFile[]): GeneratedFiles {
  return Object.setPrototypeOf({ files } satisfies Files, filesMethods);
}

const filesMethods = methods({
  all(this: Files): GeneratedFile[] {
    return [...this.files];
  },
  get(this: Files, path: string): GeneratedFile | undefined {
    return this.files.find((file) => file.path === path);
  },
  filter(this: Files, changeType: ChangeType): GeneratedFile[] {
    return this.files.filter((file) => file.changeType === changeType);
  },
});
