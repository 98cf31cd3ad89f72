// Checks an options object against the names and kinds that a call knows: a typing error is told at once, with a hint.

import { ConfigError } from '../errors/classes';
import { trimStack } from '../errors/stack';
import type { Logger } from '../options';

/** What an option must be; an object for nested options. */
export type Kind = keyof typeof KINDS;
export type Shape = { readonly [name: string]: Kind | Shape };

const isString = (value: unknown): boolean => typeof value === 'string';
const isStrings = (value: unknown): boolean => Array.isArray(value) && value.every(isString);

const isIterable = (value: unknown): boolean => {
  const { [Symbol.iterator]: sync, [Symbol.asyncIterator]: async } = (value ?? {}) as Partial<
    Iterable<unknown> & AsyncIterable<unknown>
  >;
  return typeof sync === 'function' || typeof async === 'function';
};

// Not `instanceof`, as with signals. An invalid one is none.
const isDate = (value: unknown): boolean =>
  typeof (value as Partial<Date> | null)?.toISOString === 'function' && Number.isFinite(Number(value));

const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isTime = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isCount = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 32;

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;

const KINDS = {
  string: isString,
  boolean: isBoolean,
  'boolean or string': (value: unknown) => isBoolean(value) || isString(value),
  'boolean or count': (value: unknown) => isBoolean(value) || isCount(value),
  'boolean or milliseconds': (value: unknown) => isBoolean(value) || isTime(value),
  path: (value: unknown) => isString(value) || value instanceof URL,
  strings: isStrings,
  'string or strings': (value: unknown) => isString(value) || isStrings(value),
  'string or function': (value: unknown) => isString(value) || typeof value === 'function',
  milliseconds: isTime,
  bytes: (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0,
  function: (value: unknown) => typeof value === 'function',
  iterable: (value: unknown) => isIterable(value),
  count: isCount,
  integer: (value: unknown) => Number.isSafeInteger(value),
  time: (value: unknown) => isString(value) || isDate(value),
  logger: (value: unknown) => LEVELS.every((level) => typeof (value as Logger | null)?.[level] === 'function'),
  headers: (value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isString),
  until: (value: unknown) => value === 'ended' || value === 'created',
  depth: (value: unknown) => value === 'metadata' || value === 'activities',
  // Not `instanceof`: test runners and polyfills have classes of their own.
  signal: (value: unknown) => typeof (value as Partial<AbortSignal> | null)?.aborted === 'boolean',
} as const;

const WORDS: Record<Kind, string> = {
  string: 'a string',
  boolean: 'true or false',
  'boolean or string': 'true, false or a string',
  'boolean or count': 'true, false or a whole number, not negative',
  'boolean or milliseconds': 'true, false or a number of milliseconds, finite and not negative',
  path: 'a path or a file URL',
  strings: 'an array of strings',
  'string or strings': 'a string or an array of strings',
  'string or function': 'a string or a function',
  milliseconds: 'a number of milliseconds, finite and not negative',
  bytes: 'a whole number of bytes, not negative',
  function: 'a function',
  iterable: 'iterable or async iterable',
  count: 'a whole number, not negative',
  integer: 'a whole number',
  time: 'a valid Date or an RFC 3339 text',
  logger: 'an object with the functions debug, info, warn and error',
  headers: 'an object of strings',
  until: "'ended' or 'created'",
  depth: "'metadata' or 'activities'",
  signal: 'an AbortSignal',
};

/**
 * Checks the options of `operation`.
 *
 * @throws {@link ConfigError} naming the option, what it must be, or the option that was likely meant.
 */
export function check(operation: string, options: unknown, shape: Shape, path = ''): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw refusal(`${operation}: ${path === '' ? 'the options' : path} must be an object`);
  }
  for (const [name, value] of Object.entries(options)) {
    const kind = Object.hasOwn(shape, name) ? shape[name] : undefined;
    const full = path === '' ? name : `${path}.${name}`;
    if (kind === undefined) throw refusal(`${operation}: unknown option ${full}. ${hint(name, shape)}`);
    if (value === undefined) continue;
    if (typeof kind === 'object') check(operation, value, kind, full);
    else if (!KINDS[kind](value)) throw refusal(`${operation}: ${full} must be ${WORDS[kind]}`);
  }
}

/** The options that are there: what is undefined counts as absent. */
export function defined<T extends object>(options: T | undefined): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(options ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function refusal(message: string): ConfigError {
  return trimStack(new ConfigError(message));
}

function hint(name: string, shape: Shape): string {
  const known = Object.keys(shape);
  const [given, letters] = [name.toLowerCase(), Math.max(1, name.length / 4)];
  const near = known.find((one) => distance(one.toLowerCase(), given) <= letters);
  const longer = known.filter((one) => given.length > 3 && one.toLowerCase().includes(given));
  const meant = near === undefined ? longer : [near];
  return meant.length === 0 ? `Known are ${known.join(', ')}.` : `Did you mean ${meant.join(' or ')}?`;
}

/** How many letters differ, by Levenshtein. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substituted = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, substituted));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** Refuses what is missing where a text must be. */
export function required(operation: string, name: string, value: unknown): asserts value is string {
  if (typeof value !== 'string') throw refusal(`${operation}: ${name} is missing or not a string`);
}

/** Refuses an argument that isn't what it must be. */
export function argument(operation: string, given: Record<string, unknown>, kind: Kind): void {
  for (const [name, value] of Object.entries(given)) {
    if (!KINDS[kind](value)) throw refusal(`${operation}: ${name} must be ${WORDS[kind]}`);
  }
}
