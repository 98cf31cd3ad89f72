// From the fields that Rust passes to the class: the other end of `src/error.rs`.

import type { ChangeSet } from '../values/artifact';
import { reviveInfo, reviveOutcome } from '../values/revive';
import { CLASSES, type ErrorFields, JulesError } from './classes';
import { trimStack } from './stack';

interface NativeFields extends ErrorFields {
  kind: string;
  message: string;
  latestChangeSet?: ChangeSet;
}

/** The error that a thrown value of the addon stands for. What isn't one of ours is given back as it is. */
export function fromNative(thrown: unknown): unknown {
  const fields = readFields(thrown);
  if (fields === undefined) return thrown;
  const { kind, message, latestChangeSet, cause, ...rest } = fields;
  if (kind === 'Cancelled') return new DOMException(message, 'AbortError');
  if (rest.info) reviveInfo(rest.info, latestChangeSet);
  if (rest.outcome) reviveOutcome(rest.outcome, latestChangeSet);
  const error = CLASSES[kind] ?? JulesError;
  return trimStack(new error(message, typeof cause === 'string' ? { ...rest, cause: causeOf(cause) } : rest));
}

/** The cause happened in Rust: a stack of this thread would only mislead. */
function causeOf(message: string): Error {
  const cause = new Error(message);
  cause.stack = `Error: ${message}`;
  return cause;
}

/** Whether the work was dropped: by a signal, or because its client was closed. */
export function isCancelled(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function readFields(thrown: unknown): NativeFields | undefined {
  // Not `instanceof`: in a test runner's own realm the addon's errors are of the outer one.
  const { message } = (thrown ?? {}) as { message?: unknown };
  if (typeof message !== 'string' || !message.startsWith('{')) return undefined;
  try {
    return JSON.parse(message) as NativeFields;
  } catch {
    return undefined;
  }
}
