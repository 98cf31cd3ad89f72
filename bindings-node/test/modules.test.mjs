// The package from ESM and from CommonJS is one: the same classes, the same client.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as esm from 'jules-sdk';

const cjs = createRequire(import.meta.url)('jules-sdk');

test('both entries export the same things', () => {
  const names = Object.keys(esm).filter((name) => name !== 'default' && name !== 'module.exports');
  assert.deepEqual(names.sort(), Object.keys(cjs).sort());
  for (const name of names) assert.equal(esm[name], cjs[name], name);
});

test('an error of one is an instance of the class of the other', () => {
  assert.throws(
    () => new cjs.Jules({ apiKey: 'k', baseUrl: 'nonsense' }),
    (error) => error instanceof esm.ConfigError && error instanceof esm.JulesError,
  );
});
