// What a stream of activities brings: JSON, and beside it the long texts that `src/long.rs` took out of it. They get back
// to their places here, in the same order. One pass, for it is the one that V8 has to make fast first.

import type { Activity } from './activity';
import type { Artifact } from './artifact';
import { reviveArtifact } from './revive';

/** Stands in the JSON where a text was taken out. */
const MARK = '\x7f';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

interface Texts {
  message?: string;
  description?: string;
}

/** Reads activities: the first of the texts is their JSON, the others are the long ones. */
export function readActivities<T extends Activity>(texts: readonly string[]): T[] {
  const activities: T[] = JSON.parse(texts[0] as string);
  let place = 1;
  for (let n = 0; n < activities.length; n++) {
    const activity = activities[n] as Texts & Activity;
    if (activity.message === MARK) activity.message = texts[place++] as string;
    if (activity.description === MARK) activity.description = texts[place++] as string;
    if (activity.artifacts.length > 0) place = readArtifacts(activity.artifacts, texts, place);
  }
  return activities;
}

/** Puts back the long texts of artifacts, from this place on; gives the place behind them. */
function readArtifacts(artifacts: readonly Artifact[], texts: readonly string[], first: number): number {
  let place = first;
  for (const artifact of artifacts as Writable<Artifact>[]) {
    if (artifact.type === 'changeSet') {
      const patch: Writable<typeof artifact.gitPatch> = artifact.gitPatch;
      if (patch.unidiffPatch === MARK) patch.unidiffPatch = texts[place++] as string;
    } else if (artifact.type === 'bashOutput') {
      if (artifact.output === MARK) artifact.output = texts[place++] as string;
    } else if (artifact.type === 'media') {
      if (artifact.data === MARK) artifact.data = texts[place++] as string;
    }
    reviveArtifact(artifact);
  }
  return place;
}
