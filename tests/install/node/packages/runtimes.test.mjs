// The installed package in each runtime that npm has, and what runs TypeScript in Node.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { expected, recipe } from '../place.mjs';
import { project, runtimes, shell } from './home.mjs';

const [permission = ''] = recipe('Permissions').commands;

describe('installed from its tarball, the package works', () => {
  for (const [name, { command, reason }] of Object.entries(runtimes)) {
    const skip = reason ?? false;
    test(`in ${name}, as ESM and as CommonJS`, { skip }, () => {
      const [esm, cjs] = ['esm', 'cjs'].map((kind) => project(`${kind}-${name}`, kind));
      assert.match(shell(`${command} main.mjs`, esm), expected);
      assert.match(shell(`${command} main.cjs`, cjs), expected);
    });

    // The flag's name in Node 20 and 22 was another one at first.
    if (!/^node@2[4-9]/.test(name)) continue;
    test(`in ${name} with the guide's permissions, and says which is missing without them`, { skip }, () => {
      const place = project(`permissions-${name}`, 'esm');
      assert.match(shell(permission.replace(/^node/, command), place), expected);
      const refused = `${command} --permission --allow-fs-read=* main.mjs`;
      assert.throws(() => shell(refused, place), /permission model forbids native addons\. Add --allow-addons/);
    });
  }

  test('with tsx', () => {
    const { commands } = recipe('tsx');
    const place = project('tsx', 'ts');
    assert.match(shell(String(commands[0]), place), expected);
  });
});
