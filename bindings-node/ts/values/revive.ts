// From JSON text to values: parses, and gives outcomes and artifacts their methods. The other end of `src/values.rs`.

import { fileURLToPath } from 'node:url';
import { addon } from '../native/addon';
import { call, callNow } from '../native/call';
import type { Activity } from './activity';
import type { Artifact, ChangeSet, MediaArtifact, ParsedChangeSet } from './artifact';
import { filesOf } from './files';
import type { GeneratedFile, GeneratedFiles, Outcome } from './outcome';
import { methods } from './prototype';
import type { SessionInfo, SessionOutput } from './session';

/** What `src/values.rs` wraps around an outcome or what holds one. */
export interface Envelope<T> {
  value: T;
  latestChangeSet?: ChangeSet;
}

/** The latest changes among the activities of an outcome whose outputs have none. */
const latestChangeSets = new WeakMap<object, ChangeSet>();

/** Parses an activity. */
export function toActivity(text: string): Activity {
  return reviveActivity(JSON.parse(text));
}

/** Parses an outcome in its envelope. */
export function toOutcome(text: string): Outcome {
  return unwrapOutcome(JSON.parse(text));
}

export function unwrapOutcome({ value, latestChangeSet }: Envelope<Outcome>): Outcome {
  return reviveOutcome(value, latestChangeSet);
}

/** Parses a session's info in its envelope. */
export function toInfo(text: string): SessionInfo {
  const { value, latestChangeSet } = JSON.parse(text) as Envelope<SessionInfo>;
  return reviveInfo(value, latestChangeSet);
}

export function reviveActivity(activity: Activity): Activity {
  const { artifacts } = activity;
  for (let n = 0; n < artifacts.length; n++) reviveArtifact(artifacts[n] as Artifact);
  return activity;
}

export function reviveInfo(info: SessionInfo, latestChangeSet?: ChangeSet): SessionInfo {
  for (const activity of info.activities) reviveActivity(activity);
  for (const output of info.outputs) reviveOutput(output);
  if (info.outcome) reviveOutcome(info.outcome, latestChangeSet);
  return info;
}

export function reviveOutcome(outcome: Outcome, latestChangeSet?: ChangeSet): Outcome {
  for (const output of outcome.outputs) reviveOutput(output);
  if (latestChangeSet) latestChangeSets.set(outcome, reviveChangeSet(latestChangeSet));
  return Object.setPrototypeOf(outcome, outcomeMethods);
}

export function reviveChangeSet(changes: ChangeSet): ChangeSet {
  return Object.setPrototypeOf(changes, changeSetMethods);
}

function reviveOutput(output: SessionOutput): void {
  if (output.type === 'changeSet') reviveChangeSet(output.changeSet);
}

function reviveArtifact(artifact: Artifact): void {
  const methods = artifactMethods[artifact.type];
  if (methods) Object.setPrototypeOf(artifact, methods);
}

const changeSetMethods = methods({
  parsed(this: ChangeSet): ParsedChangeSet {
    return JSON.parse(callNow(() => addon.parsePatch(this.gitPatch.unidiffPatch)));
  },
});

const artifactMethods: Partial<Record<Artifact['type'], object>> = {
  changeSet: changeSetMethods,
  bashOutput: methods({
    toString(this: { command: string; output: string; exitCode: number }): string {
      return addon.bashOutputText(this.command, this.output, this.exitCode);
    },
  }),
  media: methods({
    async save(this: MediaArtifact, path: string | URL): Promise<void> {
      const file = path instanceof URL ? fileURLToPath(path) : path;
      await call(undefined, () => addon.saveMedia(this.data, this.format, file));
    },
    toUrl(this: MediaArtifact): string {
      return addon.mediaUrl(this.data, this.format);
    },
  }),
};

const outcomeMethods = methods({
  changeSet(this: Outcome): ChangeSet | undefined {
    const output = this.outputs.find((one) => one.type === 'changeSet');
    return output?.changeSet ?? latestChangeSets.get(this);
  },
  generatedFiles(this: Outcome): GeneratedFiles {
    const patch = this.changeSet()?.gitPatch.unidiffPatch ?? '';
    const files: GeneratedFile[] = JSON.parse(callNow(() => addon.generatedFiles(patch)));
    return filesOf(files);
  },
});
