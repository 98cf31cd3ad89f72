// From the fields that Rust passes to the class: the other end of `src/error.rs`. The values among them are still plain
// data; `thrown.ts` gives them their methods.

import type { ItemReport, Outcome } from '../values/outcome';
import { CLASSES, type ErrorFields, JulesError } from './classes';
import { trimStack } from './stack';

/** What `src/error.rs` writes. */
export interface NativeFields extends Omit<ErrorFields, 'results'> {
  kind: string;
  message: string;
  results?: NativeReport[];
}

/** Where an item of a pool stands. */
export interface NativeReport {
  index: number;
  sessionId?: string;
  status: ItemReport['status'];
  outcome?: Outcome;
  error?: NativeFields;
}

/** The error that a thrown value of the addon stands for. What isn't one of ours is given back as it is. */
export function fromNative(thrown: unknown): unknown {
  const fields = readFields(thrown);
  return fields === undefined ? thrown : fromFields(fields);
}

/** The error with these fields. */
export function fromFields(fields: NativeFields): Error {
  const { kind, message, cause, results, ...rest } = fields;
  if (kind === 'Cancelled') return new DOMException(message, 'AbortError');
  const known = { ...rest, ...(results && { results: results.map(toReport) }) };
  const error = CLASSES[kind] ?? JulesError;
  return trimStack(new error(message, typeof cause === 'string' ? { ...known, cause: causeOf(cause) } : known));
}

function toReport({ outcome, error, ...report }: NativeReport): ItemReport {
  return { ...report, ...(outcome && { outcome }), ...(error && { error: fromFields(error) }) } as ItemReport;
}

/** The cause happened in Rust: a stack of this thread would only mislead. */
function causeOf(message: string): Error {
  const cause = new Error(message);
  cause.stack = `Error: ${message}`;
  return cause;
}

/** Whether the work was dropped by a signal. */
export function isCancelled(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'AbortError';
}

function readFields(thrown: unknown): NativeFields | undefined {
  // Not `instanceof`: in a test runner's own realm the addon's errors are of the outer one.
  const { message } = (thrown ?? {}) as { message?: unknown };
  if (typeof message !== 'string' || !message.startsWith('{')) return undefined;
  try {
    const fields = JSON.parse(message) as NativeFields;
    return typeof fields.kind === 'string' ? fields : undefined;
  } catch {
    return undefined;
  }
}
