// What activities bring along, as plain data. The methods sit on prototypes and don't survive a clone.

import type { ChangeType, FileOptions, GeneratedFiles, GeneratedFilesOptions } from './files';

/** A patch as git writes it. */
export interface GitPatch {
  /** The unified diff; may be empty, may be huge. */
  readonly unidiffPatch: string;
  /** The commit that the patch applies to. */
  readonly baseCommitId: string;
  /** A commit message that the agent proposes. */
  readonly suggestedCommitMessage: string;
}

/** One file of a patch. */
export interface ParsedFile {
  /** The path; of a renamed file the new one. */
  readonly path: string;
  /** The path before a rename. */
  readonly oldPath?: string;
  /** Its mode before, such as `100644`, where the patch names it. */
  readonly oldMode?: string;
  /** Its mode afterwards, such as `100755`, where the patch names it. */
  readonly newMode?: string;
  /** What happened to it. */
  readonly changeType: ChangeType;
  /** Whether its content is not text. */
  readonly binary: boolean;
  /** Lines added. */
  readonly additions: number;
  /** Lines removed. */
  readonly deletions: number;
}

/** A patch, file by file. */
export interface ParsedChangeSet {
  /** The files, in the patch's order. */
  readonly files: readonly ParsedFile[];
  /** How many there are of each sort. */
  readonly summary: {
    readonly totalFiles: number;
    readonly created: number;
    readonly modified: number;
    readonly deleted: number;
    readonly renamed: number;
  };
}

/** Changes to a source. */
export interface ChangeSet {
  /** Its kind, as of an activity's artifact. Changes that came another way have it too, but not as data of their own. */
  readonly type: 'changeSet';
  /** The source's name, `sources/github/owner/repo`; empty for a session without a source. */
  readonly source: string;
  /** The changes. */
  readonly gitPatch: GitPatch;
  /**
   * The patch taken apart: which files it touches and how.
   *
   * @example
   * for (const file of changeSet.parsed().files) console.log(file.changeType, file.path);
   */
  parsed(): ParsedChangeSet;
  /**
   * The same beside the event loop: a patch may have hundreds of megabytes, and then `parsed()` takes seconds (from some 5
   * MB on it takes more than 50 ms).
   *
   * @example
   * const { summary } = await changeSet.parsedAsync();
   */
  parsedAsync(options?: FileOptions): Promise<ParsedChangeSet>;
  /**
   * Applies the changes to the files of a directory, such as a checkout of the source, as `git apply` does: all of them
   * or, when one can't be applied, none. Paths that lead out of the directory are refused.
   *
   * @returns What was changed.
   * @throws (as a rejection) {@link PatchError}, with `file` and `hunk`, when the files are not those that the changes
   * were made for, or the changes are already applied.
   * @example
   * await outcome.changeSet()?.applyTo('./checkout');
   */
  applyTo(directory: string | URL, options?: FileOptions): Promise<ParsedChangeSet>;
  /** The files that the changes create or touch, as `outcome.generatedFiles()` gives them. */
  generatedFiles(): GeneratedFiles;
  /** The files with their whole new content, made from what the directory has now. */
  generatedFiles(options: FileOptions & { directory: string | URL }): Promise<GeneratedFiles>;
  /** The files, with or without a directory, made beside the event loop: for large patches, as `parsedAsync()`. */
  generatedFilesAsync(options?: GeneratedFilesOptions): Promise<GeneratedFiles>;
}

/** Changes that an activity made. */
export type ChangeSetArtifact = ChangeSet;

/** A command that ran in the agent's machine. */
export interface BashOutputArtifact {
  readonly type: 'bashOutput';
  /** The command line. */
  readonly command: string;
  /** What it wrote to stdout and stderr. */
  readonly output: string;
  /** How it exited; 0 is success. */
  readonly exitCode: number;
  /** What a terminal would show: the command, its output, and the exit code when it isn't 0. */
  toString(): string;
}

/** A picture or other file. */
export interface MediaArtifact {
  readonly type: 'media';
  /** The content in base64. */
  readonly data: string;
  /** The MIME type, such as `image/png`. */
  readonly format: string;
  /**
   * Writes the content to a file, replacing what is there.
   *
   * @param path - Where to.
   * @throws {@link DecodeError} when the server's base64 is broken, {@link StoreError} when the file can't be written.
   */
  save(path: string | URL, options?: FileOptions): Promise<void>;
  /**
   * The content itself.
   *
   * @throws {@link DecodeError} when the server's base64 is broken.
   */
  bytes(): Uint8Array;
  /** A `data:` URL that a browser shows. */
  toUrl(): string;
}

/** A kind of artifact that this version doesn't know. */
export interface UnknownArtifact {
  readonly type: 'unknown';
  /** The artifact as the server sent it. */
  readonly raw: unknown;
}

/** One piece of data that an activity produced. */
export type Artifact = ChangeSetArtifact | BashOutputArtifact | MediaArtifact | UnknownArtifact;
