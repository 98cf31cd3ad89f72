// Long texts come beside the JSON; here they get back to their places. The other end of `src/long.rs`, in the same order.

import type { Activity } from './activity';

/** Stands in the JSON where a text was taken out. */
const MARK = '\x7f';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Parses activities and puts their long texts back: the first of the texts is the JSON, the others follow. */
export function activitiesOf(texts: readonly string[]): Activity[] {
  const activities: Activity[] = JSON.parse(texts[0] as string);
  let place = 1;
  for (const activity of activities) {
    if (place === texts.length) break;
    place = putBack(activity, texts, place);
  }
  return activities;
}

/** Puts back what belongs into one activity, from this place on; gives the next one's place. */
function putBack(activity: Writable<Activity>, texts: readonly string[], first: number): number {
  let place = first;
  if ('message' in activity && activity.message === MARK) activity.message = texts[place++] as string;
  if (activity.description === MARK) activity.description = texts[place++] as string;
  for (const artifact of activity.artifacts as Writable<Activity['artifacts'][number]>[]) {
    if (artifact.type === 'changeSet') {
      const patch: Writable<typeof artifact.gitPatch> = artifact.gitPatch;
      if (patch.unidiffPatch === MARK) patch.unidiffPatch = texts[place++] as string;
    } else if (artifact.type === 'bashOutput') {
      if (artifact.output === MARK) artifact.output = texts[place++] as string;
    } else if (artifact.type === 'media') {
      if (artifact.data === MARK) artifact.data = texts[place++] as string;
    }
  }
  return place;
}
