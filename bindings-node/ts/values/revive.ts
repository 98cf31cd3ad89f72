// From JSON text to values: parses, and gives outcomes and artifacts their methods. The other end of `src/values.rs`.

import { fileURLToPath } from 'node:url';
import { addon } from '../native/addon';
import { check } from '../native/check';
import { direct, directly } from '../native/direct';
import type { Activity } from './activity';
import type { Artifact, ChangeSet, MediaArtifact, ParsedChangeSet } from './artifact';
import { filesOf, type GeneratedFiles, type GeneratedFilesOptions } from './files';
import type { Outcome } from './outcome';
import type { SessionOutput } from './output';
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
    return JSON.parse(direct(() => addon.parsePatch(this.gitPatch.unidiffPatch)));
  },
  async applyTo(this: ChangeSet, directory: string | URL): Promise<ParsedChangeSet> {
    const { unidiffPatch, baseCommitId } = this.gitPatch;
    return JSON.parse(await directly(() => addon.applyPatch(unidiffPatch, baseCommitId, toPath(directory))));
  },
  generatedFiles(this: ChangeSet, options?: GeneratedFilesOptions): GeneratedFiles | Promise<GeneratedFiles> {
    return generatedFiles(this, options);
  },
});

/** With a directory, the files are read: that takes its time. */
function generatedFiles(
  changes: ChangeSet | undefined,
  options: GeneratedFilesOptions = {},
): GeneratedFiles | Promise<GeneratedFiles> {
  check('generatedFiles', options, { directory: 'path' });
  const { unidiffPatch = '', baseCommitId = '' } = changes?.gitPatch ?? {};
  const { directory } = options;
  if (directory === undefined) return filesOf(JSON.parse(direct(() => addon.generatedFiles(unidiffPatch))));
  const read = directly(() => addon.generatedFilesIn(unidiffPatch, baseCommitId, toPath(directory)));
  return read.then((text) => filesOf(JSON.parse(text)));
}

function toPath(path: string | URL): string {
  return path instanceof URL ? fileURLToPath(path) : path;
}

const artifactMethods: Partial<Record<Artifact['type'], object>> = {
  changeSet: changeSetMethods,
  bashOutput: methods({
    toString(this: { command: string; output: string; exitCode: number }): string {
      return addon.bashOutputText(this.command, this.output, this.exitCode);
    },
  }),
  media: methods({
    async save(this: MediaArtifact, path: string | URL): Promise<void> {
      await directly(() => addon.saveMedia(this.data, this.format, toPath(path)));
    },
    toUrl(this: MediaArtifact): string {
      return addon.mediaUrl(this.data, this.format);
    },
  }),
};

/** What a session does and an outcome doesn't: for those who come from the official SDK, whose `all` gives sessions. */
const NO_SESSION = Object.fromEntries(
  ['stream', 'history', 'updates', 'result', 'waitFor', 'send', 'ask', 'approve', 'info', 'snapshot'].map((name) => [
    name,
    function (this: Outcome): never {
      throw new TypeError(
        `${name}: this is an outcome, not a session: its session has ended. jules.session(outcome.sessionId).${name}(…) ` +
          "asks it again; jules.all(items, map, { until: 'created' }) and jules.session({ prompt }) give sessions.",
      );
    },
  ]),
);

const outcomeMethods = methods({
  changeSet(this: Outcome): ChangeSet | undefined {
    const output = this.outputs.find((one) => one.type === 'changeSet');
    return output?.changeSet ?? this.latestChangeSet;
  },
  generatedFiles(this: Outcome, options?: GeneratedFilesOptions): GeneratedFiles | Promise<GeneratedFiles> {
    return generatedFiles(this.changeSet(), options);
  },
  ...NO_SESSION,
});
