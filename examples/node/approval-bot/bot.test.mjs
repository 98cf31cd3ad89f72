import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { startEmulator } from 'jules-emulator';
import { eventually, serve } from '../testing.mjs';

const emulator = await startEmulator();
after(() => emulator.stop());

test('approval bot: a command starts a session, a button approves its plan, the pull request is posted', async (t) => {
  const secret = 'signing-secret';
  const messages = [];
  const slack = createServer(async (request, response) => {
    assert.equal(request.headers.authorization, 'Bearer bot-token');
    messages.push(await json(request));
    response.end('{ "ok": true }');
  });
  slack.listen(0, '127.0.0.1');
  await once(slack, 'listening');
  t.after(() => slack.close());
  const env = {
    ...emulator.env,
    SLACK_URL: `http://127.0.0.1:${/** @type {any} */ (slack.address()).port}/api/`,
    SLACK_TOKEN: 'bot-token',
    SLACK_SECRET: secret,
    REPOSITORY: 'octocat/hello-world',
  };
  const port = await serve(t, env, 'approval-bot/bot.mjs');
  const send = async (path, fields, key = secret, time = Math.floor(Date.now() / 1000)) => {
    const body = String(new URLSearchParams(fields));
    const signature = `v0=${createHmac('sha256', key).update(`v0:${time}:${body}`).digest('hex')}`;
    const headers = { 'x-slack-request-timestamp': String(time), 'x-slack-signature': signature };
    return (await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers })).status;
  };
  const said = (what) => eventually(what, () => messages.find(({ text }) => text.includes(what)));

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
