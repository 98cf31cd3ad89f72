// Listening to an AbortSignal, with one listener for all who share it: many calls with one signal are ordinary, and Node warns of
// a leak from eleven listeners on.

interface Ears {
  readonly calls: Set<() => void>;
  readonly listener: () => void;
}

const heard = new WeakMap<AbortSignal, Ears>();

/** Calls `call` when the signal fires, until what is given back is called. */
export function onAbort(signal: AbortSignal, call: () => void): () => void {
  let ears = heard.get(signal);
  if (ears === undefined) {
    const calls = new Set<() => void>();
    ears = { calls, listener: () => [...calls].forEach((one) => void one()) };
    heard.set(signal, ears);
    signal.addEventListener('abort', ears.listener, { once: true });
  }
  const { calls, listener } = ears;
  // One function may be given twice.
  const own = () => call();
  calls.add(own);
  return () => {
    calls.delete(own);
    if (calls.size > 0) return;
    heard.delete(signal);
    signal.removeEventListener('abort', listener);
  };
}
