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

/** The changes of a patch that takes its time: ever new files. */
function largeChanges(lines) {
  const unidiffPatch = 'diff --git a/f b/f\n'.repeat(lines);
  const changeSet = {
    type: 'changeSet',
    source: '',
    gitPatch: { unidiffPatch, baseCommitId: '', suggestedCommitMessage: '' },
  };
  const progress = { id: 'a', name: 'sessions/1/activities/a', type: 'progressUpdated', originator: 'agent' };
  const activity = Activity.fromJSON({ ...progress, title: '', description: '', artifacts: [changeSet] });
  const [changes] = activity.artifacts;
  assert.ok(changes?.type === 'changeSet');
  return changes;
}

/** How often the event loop turned while this was waited for. */
async function turns(promise) {
  let [count, ended] = [0, false];
  const loop = () => {
    count += 1;
    if (!ended) setImmediate(loop);
  };
  setImmediate(loop);
  const value = await promise.finally(() => {
    ended = true;
  });
  return { count, value };
}

test('large patches are taken apart while the event loop goes on', async () => {
  const changes = largeChanges(100_000);
  const parsed = await turns(changes.parsedAsync());
  assert.equal(parsed.value.files.length, 100_000);
  assert.deepEqual(parsed.value, changes.parsed());
  // Each piece, there and back, has a turn of its own, and there are about fifty; all others are of the time in between.
  assert.ok(parsed.count > 300, `${parsed.count} turns`);
  const files = await turns(changes.generatedFilesAsync());
  assert.deepEqual(files.value.all(), changes.generatedFiles().all());
  assert.ok(files.count > 300, `${files.count} turns`);
});

test('the forms beside the event loop give the same, read a directory and heed a signal', async () => {
  const { outcome, directory } = await changed('beside');
  const changes = outcome.changeSet();
  assert.ok(changes);
  assert.deepEqual(await changes.parsedAsync(), changes.parsed());
  assert.deepEqual((await outcome.generatedFilesAsync()).all(), outcome.generatedFiles().all());
  const whole = await changes.generatedFilesAsync({ directory: pathToFileURL(directory) });
  assert.equal(whole.get('list')?.content, 'one\ntwo\nthree\n');
  writeFileSync(join(directory, 'list'), 'another\n');
  assert.ok((await rejection(changes.generatedFilesAsync({ directory }))) instanceof PatchError);
  assert.equal(await rejection(changes.parsedAsync({ signal: AbortSignal.abort('enough') })), 'enough');
  // A piece may end in the middle of a character.
  const text = `diff --git a/${'x'.repeat((1 << 20) - 14)}😀 b/f\nnew file mode 100644\n`;
  const wide = { ...changes.gitPatch, unidiffPatch: text };
  const cut = Object.setPrototypeOf({ ...changes, gitPatch: wide }, Object.getPrototypeOf(changes));
  assert.deepEqual(await cut.parsedAsync(), cut.parsed());
});
