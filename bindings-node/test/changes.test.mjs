// Changes on their way into a checkout: what `git apply` does, and what files become. That it equals git is tested in core.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { Activity, PatchError } from 'jules-sdk';
import { client, rejection } from './client.mjs';
import { append, seed, wire } from './emulator.mjs';

const patch = '--- a/list\n+++ b/list\n@@ -1,2 +1,3 @@\n one\n two\n+three\n';
const place = mkdtempSync(join(tmpdir(), 'jules-changes-'));
after(() => rmSync(place, { recursive: true }));

/** An outcome with a change set, and a directory that has the file it changes. */
async function changed(name) {
  const id = await seed();
  const changeSet = { gitPatch: { unidiffPatch: patch } };
  await append(id, { state: 'COMPLETED', activities: [wire.progress('changed', [{ changeSet }]), wire.completed()] });
  const directory = join(place, name);
  mkdirSync(directory);
  writeFileSync(join(directory, 'list'), 'one\ntwo\n');
  const session = client().session(id);
  return { session, outcome: await session.result(), directory };
}

test('a change set is applied to a directory, named by path or by URL', async () => {
  const { outcome, directory } = await changed('applied');
  const applied = await outcome.changeSet()?.applyTo(pathToFileURL(directory));
  assert.deepEqual(applied, outcome.changeSet()?.parsed());
  assert.equal(readFileSync(join(directory, 'list'), 'utf8'), 'one\ntwo\nthree\n');
});

test('what can’t be applied is a PatchError with file and hunk, and nothing is changed', async () => {
  const { session, directory } = await changed('refused');
  writeFileSync(join(directory, 'list'), 'another\n');
  const changes = (await session.snapshot()).changeSet();
  const error = await rejection(changes?.applyTo(directory));
  assert.ok(error instanceof PatchError, String(error));
  assert.deepEqual([error.file, error.hunk, error.toJSON().hunk], ['list', 1, 1]);
  assert.equal(readFileSync(join(directory, 'list'), 'utf8'), 'another\n');
});

test('generated files are the added lines, or with a directory the whole content', async () => {
  const { outcome, directory } = await changed('read');
  assert.equal(outcome.generatedFiles().get('list')?.content, 'three\n');
  const whole = await outcome.generatedFiles({ directory });
  assert.equal(whole.get('list')?.content, 'one\ntwo\nthree\n');
  assert.equal((await outcome.changeSet()?.generatedFiles({ directory }))?.all().length, 1);
  assert.deepEqual(whole.filter('created'), []);
  const unknown = /** @type {any} */ ({ dir: directory });
  assert.throws(() => outcome.generatedFiles(unknown), /unknown option dir/);
});

test('a signal stops what works on files before it has begun', async () => {
  const { outcome, directory } = await changed('stopped');
  const changes = outcome.changeSet();
  const [signal, file] = [AbortSignal.abort('enough'), join(directory, 'picture')];
  const artifact = { type: 'media', data: 'aGk=', format: 'text/plain' };
  const [media] = Activity.fromJSON({ id: '1', type: 'progressUpdated', artifacts: [artifact] }).artifacts;
  assert.ok(media?.type === 'media');
  for (const call of [
    changes?.applyTo(directory, { signal }),
    media.save(file, { signal }),
    outcome.generatedFiles({ directory, signal }),
    client().cacheInfo({ signal }),
  ])
    assert.equal(await rejection(call), 'enough');
  assert.equal(readFileSync(join(directory, 'list'), 'utf8'), 'one\ntwo\n');
  assert.equal(existsSync(file), false);
  const going = new AbortController();
  await changes?.applyTo(directory, { signal: going.signal });
  await media.save(file, { signal: going.signal });
  assert.equal(readFileSync(file, 'utf8'), 'hi');
  const unknown = /** @type {any} */ ({ sginal: signal });
  assert.match(String(await rejection(media.save(file, unknown))), /save.*unknown option sginal/);
});
