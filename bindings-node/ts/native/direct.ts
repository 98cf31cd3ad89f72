// Calls into Rust that values make: like those of `call.ts`, but the errors of these carry no values themselves.

import { fromNative } from '../errors/from-native';

/** Calls what answers at once. */
export function direct<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw fromNative(error);
  }
}

/** Calls what answers with a promise. */
export async function directly<T>(start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    throw fromNative(error);
  }
}
