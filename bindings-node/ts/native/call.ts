// One call into Rust: an AbortSignal that drops its work, and errors as their classes.

import { isCancelled } from '../errors/from-native';
import { thrownBy } from '../errors/thrown';
import { addon } from './addon';
import type { CancelToken } from './binding';
import { onAbort } from './signals';

/** Calls what answers at once. */
export function callNow<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw thrownBy(error);
  }
}

/**
 * Calls what answers with a promise. When `signal` fires, the work in Rust is dropped and the promise rejects with the
 * signal's reason, as that of `fetch` does.
 */
export async function call<T>(
  signal: AbortSignal | undefined,
  start: (cancel?: CancelToken) => Promise<T>,
): Promise<T> {
  if (signal === undefined) {
    try {
      return await start();
    } catch (error) {
      throw thrownBy(error);
    }
  }
  if (signal.aborted) throw signal.reason;
  const token = new (addon().CancelToken)();
  const leave = onAbort(signal, () => token.cancel());
  try {
    return await start(token);
  } catch (error) {
    const failure = thrownBy(error);
    throw signal.aborted && isCancelled(failure) ? signal.reason : failure;
  } finally {
    leave();
  }
}
