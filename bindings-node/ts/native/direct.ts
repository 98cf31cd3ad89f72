// Calls into Rust that values make: like those of `call.ts`, but the errors of these carry no values themselves.

import { fromNative, isCancelled } from '../errors/from-native';
import { addon } from './addon';
import type { CancelToken } from './binding';
import { onAbort } from './signals';

/** Calls what answers at once. */
export function direct<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw fromNative(error);
  }
}

/** Calls what works on files. A signal counts until the work has begun: files are not left half done. */
export async function onFiles<T>(
  signal: AbortSignal | undefined,
  start: (cancel?: CancelToken) => Promise<T>,
): Promise<T> {
  signal?.throwIfAborted();
  const token = signal && new (addon().CancelToken)();
  const leave = signal && onAbort(signal, () => token?.cancel());
  try {
    return await start(token);
  } catch (error) {
    const failure = fromNative(error);
    throw signal?.aborted && isCancelled(failure) ? signal.reason : failure;
  } finally {
    leave?.();
  }
}
