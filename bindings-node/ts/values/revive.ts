// From JSON text to values: parses, and gives outcomes and artifacts their methods. The other end of `src/values.rs`.

import { SessionEndedError } from '../errors/classes';
import { trimStack } from '../errors/stack';
import { addon } from '../native/addon';
import type { CancelToken } from '../native/binding';
import { check } from '../native/check';
import { direct, onFiles } from '../native/direct';
import type { Activity } from './activity';
import type { Artifact, ChangeSet, MediaArtifact, ParsedChangeSet } from './artifact';
import { type FileOptions, filesOf, type GeneratedFiles, type GeneratedFilesOptions } from './files';
import { noSession } from './no-session';
import type { Outcome } from './outcome';
import type { SessionOutput } from './output';
import { filesInPieces, parsedInPieces } from './pieces';
import { methods } from './prototype';
import type { SessionInfo } from './session-info';

/** An outcome, or what holds one, as core sends it over: with what only the outcome's methods tell. */
export type Envelope<T> = T & { latestChangeSet?: ChangeSet };

/** Parses an activity. */
export function toActivity(text: string): Activity {
  return reviveActivity(JSON.parse(text));
}

/** Parses an outcome in its envelope. */
export function toOutcome(text: string): Outcome {
  return reviveOutcome(JSON.parse(text));
}

/** Parses a session's info in its envelope. */
export function toInfo(text: string): SessionInfo {
  return reviveInfo(JSON.parse(text));
}

export function reviveActivity(activity: Activity): Activity {
  const { artifacts } = activity;
  for (let n = 0; n < artifacts.length; n++) reviveArtifact(artifacts[n] as Artifact);
  return activity;
}

export function reviveInfo(info: Envelope<SessionInfo>): SessionInfo {
  for (const activity of info.activities) reviveActivity(activity);
  for (const output of info.outputs) reviveOutput(output);
  // Its outcome has them itself.
  delete info.latestChangeSet;
  if (info.outcome) reviveOutcome(info.outcome);
  return info;
}

export function reviveOutcome(outcome: Outcome): Outcome {
  for (const output of outcome.outputs) reviveOutput(output);
  if (outcome.latestChangeSet) reviveChangeSet(outcome.latestChangeSet);
  return Object.setPrototypeOf(outcome, outcomeMethods);
}

export function reviveChangeSet(changes: ChangeSet): ChangeSet {
  return Object.setPrototypeOf(changes, changeSetMethods);
}

function reviveOutput(output: SessionOutput): void {
  if (output.type === 'changeSet') reviveChangeSet(output.changeSet);
}

export function reviveArtifact(artifact: Artifact): void {
  const methods = artifactMethods[artifact.type];
  if (methods) Object.setPrototypeOf(artifact, methods);
}

const changeSetMethods = methods({
  type: 'changeSet',
  parsed(this: ChangeSet): ParsedChangeSet {
    return JSON.parse(direct(() => addon().parsePatch(this.gitPatch.unidiffPatch)));
  },
  async parsedAsync(this: ChangeSet, options: FileOptions = {}): Promise<ParsedChangeSet> {
    check('parsedAsync', options, { signal: 'signal' });
    return parsedInPieces(this, options.signal);
  },
  async applyTo(this: ChangeSet, directory: string | URL, options: FileOptions = {}): Promise<ParsedChangeSet> {
    check('applyTo', options, { signal: 'signal' });
    const { unidiffPatch, baseCommitId } = this.gitPatch;
    const apply = (cancel?: CancelToken) => addon().applyPatch(unidiffPatch, baseCommitId, toPath(directory), cancel);
    return JSON.parse(await onFiles(options.signal, apply));
  },
  generatedFiles(this: ChangeSet, options?: GeneratedFilesOptions): GeneratedFiles | Promise<GeneratedFiles> {
    return generatedFiles(this, options);
  },
  async generatedFilesAsync(this: ChangeSet, options?: GeneratedFilesOptions): Promise<GeneratedFiles> {
    return generatedFilesAsync(this, options);
  },
});

/** With a directory, the files are read: that takes its time. */
export function generatedFiles(
  changes: ChangeSet | undefined,
  options: GeneratedFilesOptions = {},
): GeneratedFiles | Promise<GeneratedFiles> {
  check('generatedFiles', options, { directory: 'path', signal: 'signal' });
  const { unidiffPatch = '', baseCommitId = '' } = changes?.gitPatch ?? {};
  const { directory, signal } = options;
  if (directory === undefined) return filesOf(JSON.parse(direct(() => addon().generatedFiles(unidiffPatch))));
  const read = (cancel?: CancelToken) =>
    addon().generatedFilesIn(unidiffPatch, baseCommitId, toPath(directory), cancel);
  return onFiles(signal, read).then((text) => filesOf(JSON.parse(text)));
}

/** Beside the event loop, with or without a directory. */
async function generatedFilesAsync(
  changes: ChangeSet | undefined,
  options: GeneratedFilesOptions = {},
): Promise<GeneratedFiles> {
  check('generatedFilesAsync', options, { directory: 'path', signal: 'signal' });
  if (changes === undefined) return filesOf([]);
  const { directory } = options;
  return filesOf(await filesInPieces(changes, directory === undefined ? undefined : toPath(directory), options));
}

function toPath(path: string | URL): string {
  if (!(path instanceof URL)) return path;
  // Not at the top: in a bundle that has no `require` the addon shall be the first to fail, for that is told with what to do.
  const { fileURLToPath } = require('node:url') as typeof import('node:url');
  return fileURLToPath(path);
}

const artifactMethods: Partial<Record<Artifact['type'], object>> = {
  changeSet: changeSetMethods,
  bashOutput: methods({
    toString(this: { command: string; output: string; exitCode: number }): string {
      return addon().bashOutputText(this.command, this.output, this.exitCode);
    },
  }),
  media: methods({
    async save(this: MediaArtifact, path: string | URL, options: FileOptions = {}): Promise<void> {
      check('save', options, { signal: 'signal' });
      await onFiles(options.signal, (cancel) => addon().saveMedia(this.data, this.format, toPath(path), cancel));
    },
    bytes(this: MediaArtifact): Uint8Array {
      return direct(() => addon().mediaBytes(this.data, this.format));
    },
    toUrl(this: MediaArtifact): string {
      return addon().mediaUrl(this.data, this.format);
    },
  }),
};

const outcomeMethods = methods({
  changeSet(this: Outcome): ChangeSet | undefined {
    const output = this.outputs.find((one) => one.type === 'changeSet');
    return output?.changeSet ?? this.latestChangeSet;
  },
  generatedFiles(this: Outcome, options?: GeneratedFilesOptions): GeneratedFiles | Promise<GeneratedFiles> {
    return generatedFiles(this.changeSet(), options);
  },
  async generatedFilesAsync(this: Outcome, options?: GeneratedFilesOptions): Promise<GeneratedFiles> {
    return generatedFilesAsync(this.changeSet(), options);
  },
  throwIfFailed(this: Outcome): Outcome {
    if (this.state === 'completed') return this;
    const { sessionId, state, failureReason } = this;
    const fields = { retryable: false, reason: 'ended', sessionId, outcome: this } as const;
    throw trimStack(new SessionEndedError(addon().failureText(sessionId, state, failureReason), fields));
  },
});
Object.setPrototypeOf(outcomeMethods, noSession);
