// Values are plain data: they print, compare, serialise and clone as such; artifacts and outcomes have methods besides.
import assert from 'node:assert/strict';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { inspect } from 'node:util';
import { Outcome, StoreError } from 'jules-sdk';
import { client, collect, rejection } from './client.mjs';
import { append, seed, wire } from './emulator.mjs';

const png = 'iVBORw0KGgo=';
const patch = [
  'diff --git a/new.txt b/new.txt',
  'new file mode 100644',
  '--- /dev/null',
  '+++ b/new.txt',
  '@@ -0,0 +1 @@',
  '+hi',
  '',
];

/** The one activity of a session, with these artifacts (wire JSON). */
async function activityWith(...artifacts) {
  const id = await seed();
  await append(id, { activities: [wire.progress('Working', artifacts)] });
  const [activity] = await collect(client().session(id).history());
  return activity;
}

test('an activity prints, compares, serialises and clones as plain data', async () => {
  const activity = await activityWith({ bashOutput: { command: 'ls' } });
  const { name, id, createTime, ...rest } = activity;
  assert.match(createTime, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(structuredClone(rest), {
    sessionId: name.split('/')[1],
    type: 'progressUpdated',
    originator: 'agent',
    title: 'Working',
    description: '',
    artifacts: [{ type: 'bashOutput', command: 'ls', output: '', exitCode: 0 }],
  });
  assert.deepEqual(structuredClone(activity), JSON.parse(JSON.stringify(activity)));
  assert.deepEqual(await client().session(name.split('/')[1]).activities.get(id), activity);
  assert.equal(inspect(activity.artifacts), "[ { type: 'bashOutput', command: 'ls', output: '', exitCode: 0 } ]");
  assert.deepEqual(Object.keys(activity.artifacts[0]), ['type', 'command', 'output', 'exitCode']);
});

test('bash output reads as a terminal shows it', async () => {
  const { artifacts } = await activityWith({ bashOutput: { command: 'false', output: 'no\n', exitCode: 1 } });
  assert.equal(`${artifacts[0]}`, '$ false\nno\n[exit code 1]');
});

test('a change set is taken apart', async () => {
  const { artifacts } = await activityWith({ changeSet: { gitPatch: { unidiffPatch: patch.join('\n') } } });
  assert.deepEqual(artifacts[0].parsed(), {
    files: [{ path: 'new.txt', changeType: 'created', binary: false, additions: 1, deletions: 0, newMode: '100644' }],
    summary: { totalFiles: 1, created: 1, modified: 0, deleted: 0, renamed: 0 },
  });
});

test('media is saved to a path or file URL, and has a data URL', async () => {
  const { artifacts } = await activityWith({ media: { mimeType: 'image/png', data: png } });
  const folder = await mkdtemp(join(tmpdir(), 'jules-media-'));
  await artifacts[0].save(join(folder, 'a.png'));
  await artifacts[0].save(pathToFileURL(join(folder, 'b.png')));
  for (const name of ['a.png', 'b.png']) {
    assert.equal((await readFile(join(folder, name))).toString('base64'), png);
  }
  assert.equal(artifacts[0].toUrl(), `data:image/png;base64,${png}`);
  assert.ok((await rejection(artifacts[0].save(join(folder, 'missing', 'c.png')))) instanceof StoreError);
});

test('what is not known is kept', async () => {
  const { artifacts } = await activityWith({ hologram: { depth: 3 } });
  assert.deepEqual(artifacts, [{ type: 'unknown', raw: { hologram: { depth: 3 } } }]);
  const id = await seed();
  await append(id, { activities: [{ originator: 'agent', teleported: { to: 'Mars' } }] });
  const [activity] = await collect(client().session(id).history());
  assert.equal(activity.type, 'unknown');
  assert.equal(activity.kind, 'teleported');
  assert.deepEqual(activity.raw.teleported, { to: 'Mars' });
});

test('an outcome without changes among its outputs has the latest of its activities', async () => {
  const id = await seed();
  const changes = { changeSet: { source: 's', gitPatch: { unidiffPatch: patch.join('\n') } } };
  await append(id, { state: 'COMPLETED', activities: [wire.progress('Working', [changes]), wire.completed()] });
  const session = client().session(id);
  for (const outcome of [await session.result(), (await session.info()).outcome]) {
    assert.ok(outcome);
    assert.deepEqual(outcome.outputs, []);
    assert.equal(outcome.changeSet()?.parsed().summary.created, 1);
    assert.deepEqual(outcome.generatedFiles().all(), [
      { path: 'new.txt', changeType: 'created', content: 'hi\n', additions: 1, deletions: 0 },
    ]);
    assert.equal(outcome.changeSet()?.type, 'changeSet');
    assert.doesNotMatch(inspect(outcome), /prototype/);
    for (const copy of [JSON.stringify(outcome), structuredClone(outcome), JSON.parse(JSON.stringify(outcome))]) {
      const same = Outcome.fromJSON(copy);
      assert.deepEqual(same, outcome);
      assert.deepEqual(same.generatedFiles().all(), outcome.generatedFiles().all());
    }
  }
});

test('an outcome’s changes among its outputs are the first choice', async () => {
  const id = await seed();
  const changeSet = { source: 's', gitPatch: { unidiffPatch: patch.join('\n').replaceAll('new.txt', 'out.txt') } };
  await append(id, { state: 'COMPLETED', outputs: [{ changeSet }], activities: [wire.completed()] });
  const outcome = await client().session(id).result();
  const [output] = outcome.outputs;
  assert.ok(output?.type === 'changeSet');
  assert.equal(output.changeSet.parsed().files[0]?.path, 'out.txt');
  assert.equal(outcome.changeSet(), output.changeSet);
});
