// The examples do what they say.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { chromium, evaluateIn } from './chromium.mjs';
import { client, eventually, repository } from './client.mjs';
import { control, startEmulator, url } from './emulator.mjs';

const examples = fileURLToPath(new URL('../../examples/node/', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'jules-examples-'));
after(() => rmSync(place, { recursive: true }));
const variables = { JULES_API_KEY: 'any', JULES_BASE_URL: url, JULES_CACHE_DIR: join(place, 'cache') };

/** Runs an example to its end. */
async function run(name, args, env = {}) {
  const options = { cwd: examples, timeout: 60_000, env: { ...process.env, ...variables, ...env } };
  const ran = promisify(execFile)(process.execPath, [name, ...args], options);
  const { stdout, stderr, code } = await ran.then(
    (output) => ({ ...output, code: 0 }),
    (error) => error,
  );
  return { stdout, stderr, code };
}

/** Starts an example that serves; gives its first line's last word. */
async function serve(name, env = {}) {
  const child = spawn(process.execPath, [join(examples, name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...variables, PORT: '0', ...env },
  });
  after(() => child.kill());
  const [line] = await once(child.stdout, 'data');
  return String(line).trim().split(' ').at(-1);
}

test('ci: a failed check becomes a pull request and a summary', async () => {
  const [log, summary] = [join(place, 'test.log'), join(place, 'summary.md')];
  writeFileSync(log, 'not ok 1 - adds [scenario:happy]\n');
  const { stdout, stderr, code } = await run('ci.mjs', ['octocat/hello-world', 'main', log], {
    GITHUB_STEP_SUMMARY: summary,
  });
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Session \d+\n[\s\S]*completed https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+\n$/);
  assert.match(readFileSync(summary, 'utf8'), /^# /);
});

test('ci: a session that fails, or takes too long, fails the step', async () => {
  const log = join(place, 'bad.log');
  writeFileSync(log, '[scenario:failure]\n');
  assert.equal((await run('ci.mjs', ['octocat/hello-world', 'main', log])).code, 1);
  writeFileSync(log, '[scenario:silent]\n');
  const late = await run('ci.mjs', ['octocat/hello-world', 'main', log], { JULES_MINUTES: '0.01' });
  assert.deepEqual([late.code, late.stderr], [1, 'Not done after 0.01 minutes.\n']);
});

test('batch: each task has its line, and one that fails is told', async () => {
  const tasks = ['[scenario:quick] one', '[scenario:failure] two'];
  const { stdout, code } = await run('batch.mjs', ['octocat/hello-world', ...tasks]);
  assert.equal(code, 1);
  assert.match(stdout, /▶ \[scenario:quick\] one/);
  assert.match(stdout, /✔ .* · \[scenario:quick\] one/);
  assert.match(stdout, /✘ .* · \[scenario:failure\] two/);
  assert.match(stdout, /1 of 2 done\n$/);
});

test('fleet: three workers bring all tasks to their end, also when one is killed', async () => {
  // One of its own: what other tests leave at work would hold slots.
  const emulator = await startEmulator();
  after(() => emulator.stop());
  const tasks = [1, 2, 3, 4, 5, 6].map((n) => `[scenario:happy] fleet ${n}`);
  const fleet = spawn(process.execPath, [join(examples, 'fleet/fleet.mjs'), 'octocat/hello-world', ...tasks], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...variables, JULES_BASE_URL: emulator.url, JULES_CACHE_DIR: join(place, 'fleet') },
  });
  after(() => fleet.kill());
  let seen = '';
  let killed = false;
  for await (const text of fleet.stdout) {
    seen += text;
    if (killed || !/[1-9] at work/.test(seen)) continue;
    killed = true;
    process.kill(Number(/worker 2 is process (\d+)/.exec(seen)?.[1]), 'SIGKILL');
  }
  assert.match(seen, /^6 added, 0 known\n/);
  assert.match(seen, /worker 2 is gone \(SIGKILL\)\nworker 2 is process \d+\n/);
  assert.match(seen, /█{20} 6 of 6 ended · 0 at work/);
  const ends = [...seen.matchAll(/^✔ octocat\/hello-world: \[scenario:happy\] (fleet \d): (\S+)$/gm)];
  for (const [, , end] of ends) assert.match(String(end), /^https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+$/);
  const journal = await control('GET', 'journal', undefined, emulator.url);
  const creates = journal.filter(({ operation }) => operation === 'sessions.create');
  assert.deepEqual(creates.map(({ body }) => body.prompt).sort(), tasks);
});

test('approval bot: a command starts a session, a button approves its plan, the pull request is posted', async () => {
  const secret = 'signing-secret';
  const messages = [];
  const slack = createServer(async (request, response) => {
    assert.equal(request.headers.authorization, 'Bearer bot-token');
    messages.push(await json(request));
    response.end('{ "ok": true }');
  });
  slack.listen(0, '127.0.0.1');
  await once(slack, 'listening');
  after(() => slack.close());
  const port = await serve('approval-bot/bot.mjs', {
    SLACK_URL: `http://127.0.0.1:${/** @type {any} */ (slack.address()).port}/api/`,
    SLACK_TOKEN: 'bot-token',
    SLACK_SECRET: secret,
    REPOSITORY: 'octocat/hello-world',
  });
  const send = async (path, fields, key = secret, time = Math.floor(Date.now() / 1000)) => {
    const body = String(new URLSearchParams(fields));
    const signature = `v0=${createHmac('sha256', key).update(`v0:${time}:${body}`).digest('hex')}`;
    const headers = { 'x-slack-request-timestamp': String(time), 'x-slack-signature': signature };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers })).status;
  };
  const said = (what) => eventually(what, async () => messages.find(({ text }) => text.includes(what)));

  const command = { text: '[scenario:approval] Fix the login', channel_id: 'C1' };
  assert.equal(await send('/commands', command, 'somebody else’s'), 401);
  assert.equal(await send('/commands', command, secret, 1_600_000_000), 401);
  assert.equal(await send('/commands', command), 200);
  const { channel, blocks } = await said('The plan:');
  assert.equal(channel, 'C1');
  const [button] = blocks.at(-1).elements;
  const payload = { user: { name: 'ada' }, actions: [{ action_id: button.action_id, value: button.value }] };
  assert.equal(await send('/interactions', { payload: JSON.stringify(payload) }), 200);
  await said('ada has approved the plan.');
  await said('completed: https://github.com/octocat/hello-world/pull/');
});

/** A session of the demo's kind that needs nobody. */
async function session() {
  return client().session({ prompt: '[scenario:happy] Fix it', source: repository, requireApproval: false });
}

test('progress page: events go on where a browser has stopped', async () => {
  const page = await serve('progress-page/server.mjs');
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
test('progress page: a browser shows a session until its end', { skip: reason }, async () => {
  const page = await serve('progress-page/server.mjs');
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

for (const machines of [1, 2]) {
  test(`fleet: the guide's ten lines are one, on ${machines} machine${machines > 1 ? 's' : ''}`, async () => {
    const page = readFileSync(join(examples, '../../docs/many-machines.md'), 'utf8');
    const code = String(page.split('```js\n')[1]).split('```')[0];
    const env = { FLEET: join(place, `guide-${machines}`) };
    const all = Array.from({ length: machines }, () => run('--input-type=module', ['--eval', code], env));
    const ran = await Promise.all(all);
    for (const { code: status, stderr } of ran) assert.equal(status, 0, stderr);
    const lines = ran.flatMap(({ stdout }) => stdout.trim().split('\n').filter(Boolean));
    assert.deepEqual(lines.sort(), ['a.py completed', 'b.py completed']);
  });
}
