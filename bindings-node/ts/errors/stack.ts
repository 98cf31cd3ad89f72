// Stack traces that begin where the user's code does: the frames in between are of no use to anyone but us.

import { dirname, sep } from 'node:path';

const OWN = dirname(__dirname) + sep;

/** Takes our own frames out of an error's stack, unless nothing would be left. */
export function trimStack<E extends Error>(error: E): E {
  const lines = error.stack?.split('\n') ?? [];
  const kept = lines.filter((line) => !(line.startsWith('    at ') && line.includes(OWN)));
  if (kept.some((line) => line.startsWith('    at '))) error.stack = kept.join('\n');
  return error;
}
