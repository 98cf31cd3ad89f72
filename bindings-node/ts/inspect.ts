// How the handles print themselves: Node looks for a method by this symbol, which needs no import of `node:util`.

/** Node's name of the method. */
export const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** What Node passes along. */
export type Inspect = (value: unknown) => string;
