import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startEmulator } from 'jules-emulator';
import { Jules } from 'jules-sdk';
import { chromium, evaluateIn } from '../../../bindings-node/test/chromium.mjs';
import { serve } from '../testing.mjs';

const emulator = await startEmulator();
const jules = new Jules(emulator.options);
after(async () => {
  await jules.close();
  await emulator.stop();
});

/** A session of the demo's kind that needs nobody. */
const session = () =>
  jules.session({
    prompt: '[scenario:happy] Fix it',
    source: { github: 'octocat/hello-world' },
    requireApproval: false,
  });

test('progress page: events go on where a browser has stopped', async (t) => {
  const page = await serve(t, emulator.env, 'progress-page/server.mjs');
  const { id } = await session();
  const events = async (headers = {}) => {
    const text = await (await fetch(`${page}/events?session=${id}`, { headers })).text();
    return [...text.matchAll(/^id: (\S+)$/gm)].map(([, id = '']) => id);
  };
  const all = await events();
  assert.ok(all.length > 3);
  assert.deepEqual(await events({ 'last-event-id': String(all[1]) }), all.slice(2));
});

const reason = chromium ? false : 'there is no Chromium here';
if (reason && process.env.CI) throw new Error(reason);
test('progress page: a browser shows a session until its end', { skip: reason }, async (t) => {
  const page = await serve(t, emulator.env, 'progress-page/server.mjs');
  const { id } = await session();
  const seen = await evaluateIn(
    `${page}/?session=${id}`,
    `new Promise((resolve) => {
      const look = () => {
        const end = document.querySelector('#end')?.textContent;
        const types = [...document.querySelectorAll('#activities > li')].map((item) => item.dataset.type);
        if (end) resolve({ end, types });
        else setTimeout(look, 20);
      };
      look();
    })`,
  );
  assert.match(seen.end, /^completed https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+$/);
  assert.ok(seen.types.includes('planGenerated'), String(seen.types));
  assert.equal(seen.types.at(-1), 'sessionCompleted');
});
