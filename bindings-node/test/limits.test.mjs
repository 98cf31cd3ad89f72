// No wait without an end: everything that is awaited or iterated takes a signal, or stands here with the reason why it
// doesn't. What there is, the declarations say that people get.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const CLOSES = 'it ends what is under way; no request is made';
const BEGUN = 'the signal was given to what began it';
const WITHOUT = {
  'All.[Symbol.asyncIterator]': BEGUN,
  'All.catch': BEGUN,
  'All.finally': BEGUN,
  'All.then': BEGUN,
  'ActivityStream.[Symbol.asyncIterator]': BEGUN,
  'Jules.[Symbol.asyncDispose]': CLOSES,
  'Jules.close': CLOSES,
  'Listing.[Symbol.asyncIterator]': BEGUN,
  'Listing.then': BEGUN,
  'Run.catch': BEGUN,
  'Run.finally': BEGUN,
  'Run.session': BEGUN,
  'Run.then': BEGUN,
  'Stream.[Symbol.asyncDispose]': CLOSES,
  'Stream.[Symbol.asyncIterator]': BEGUN,
  'Stream.next': BEGUN,
  'Stream.return': CLOSES,
  'Stream.throw': CLOSES,
};
/** What is between our own modules. */
const INNER = /^(Feed|Work)\./;

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const files = ['', '/values'].flatMap((folder) => readdirSync(dist + folder).map((file) => `${dist}${folder}/${file}`));
const texts = files
  .filter((file) => file.endsWith('.d.ts'))
  .map((file) => readFileSync(file, 'utf8').replace(/\/\*\*[\s\S]*?\*\//g, ''));

/** Classes and interfaces: what they extend, and the lines of their members. */
const types = texts.flatMap((text) =>
  [...text.matchAll(/^(?:export )?(?:declare )?(?:abstract )?(?:class|interface) (\w+)(.*) \{\n([\s\S]*?)^\}/gm)].map(
    ([, name = '', heads = '', body = '']) => ({ name, heads, body }),
  ),
);
const WAITED = ['Promise', 'PromiseLike', 'AsyncIterable', 'AsyncIterableIterator', 'AsyncGenerator'];

/** Those that are so, and those that extend or implement one. */
function withHeirs(/** @type {string[]} */ found) {
  const all = new Set(found);
  for (let size = -1; size !== all.size; ) {
    size = all.size;
    for (const { name, heads } of types)
      if ([...all].some((one) => new RegExp(`\\b${one}\\b`).test(heads))) all.add(name);
  }
  return [...all].join('|');
}

const waited = withHeirs(WAITED);
const withSignal = withHeirs(types.filter(({ body }) => /^ {4}signal\?:/m.test(body)).map(({ name }) => name));

/** All calls that wait, each with whether it takes a signal. */
const calls = types.flatMap(({ name: owner, body }) => {
  // A member on one line, whatever its arguments are.
  const members = body.replace(/\{\n[^{}]*\}/g, '{}').matchAll(/^ {4}([\w.[\]]*)(?:<.*>)?\((.*)\): (.*);$/gm);
  return [...members].flatMap(([, name = '', given = '', result = '']) =>
    new RegExp(`^(?:${waited}|this\\b.*)(?:<|;|$)|\\| (?:${waited})<`).test(result)
      ? [{ call: `${owner}.${name}`, takesSignal: new RegExp(`\\b(?:${withSignal})\\b`).test(given) }]
      : [],
  );
});

test('everything that waits takes a signal, or is excused', () => {
  const names = new Set(calls.map(({ call }) => call));
  const some = [
    'Session.ask',
    'Session.stream',
    'Jules.all',
    'Jules.run',
    'Queue.add',
    'Sources.',
    'ChangeSet.applyTo',
  ];
  assert.deepEqual(
    some.filter((name) => !names.has(name)),
    [],
    'these are looked at',
  );
  const endless = calls.filter(({ call, takesSignal }) => !takesSignal && !INNER.test(call)).map(({ call }) => call);
  assert.deepEqual([...new Set(endless)].sort(), Object.keys(WITHOUT).sort());
});
