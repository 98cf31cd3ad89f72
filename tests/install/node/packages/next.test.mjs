// A Next app after the guide's recipe: built, deployed as `standalone`, and its route handler streams.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { eventually } from '../../../../bindings-node/test/client.mjs';
import { append, seed, wire } from '../../../../bindings-node/test/emulator.mjs';
import { env, folder, recipe } from '../place.mjs';
import { home, project, shell } from './home.mjs';

/** Next takes port 0 for none. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

for (const bundler of ['--turbopack', '--webpack']) {
  test(`Next, built with ${bundler}, serves a session as it goes on, where nothing else is`, async (t) => {
    const { files, commands } = recipe('Next');
    const place = project(`next${bundler}`, undefined, files);
    assert.deepEqual(commands, ['next build']);
    shell(`next build ${bundler}`, place, { NEXT_TELEMETRY_DISABLED: '1' });
    const elsewhere = join(folder, `next${bundler}`);
    cpSync(join(place, '.next', 'standalone'), elsewhere, { recursive: true, verbatimSymlinks: true });

    const port = await freePort();
    const server = spawn(process.execPath, ['server.js'], {
      // In a workspace it is laid out as that.
      cwd: join(elsewhere, relative(home, place)),
      env: { ...env, PORT: String(port), HOSTNAME: '127.0.0.1' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    t.after(() => server.kill());
    const session = await seed();
    await append(session, { activities: [wire.message('Hello.')] });
    const answer = await eventually('the server answers', () =>
      fetch(`http://127.0.0.1:${port}/sessions/${session}`).catch(() => undefined),
    );
    assert.equal(answer.headers.get('content-type'), 'text/event-stream');
    let seen = '';
    for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
      seen += chunk;
      // The first came while the session was at work.
      if (/Hello\./.test(seen) && !/sessionCompleted/.test(seen))
        await append(session, { state: 'COMPLETED', activities: [wire.completed()] });
    }
    assert.deepEqual(
      [...seen.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data).type),
      ['agentMessaged', 'sessionCompleted'],
    );
  });
}
