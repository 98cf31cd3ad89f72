// What is around a client: the environment as JavaScript has it, certificates, proxies, headers, logs. What a program's own
// environment is, and its warnings, are tested in a program of its own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { configureDefault, jules, NetworkError } from 'jules-sdk';
import { client, collect, eventually, rejection } from './client.mjs';
import { append, seed, url, wire } from './emulator.mjs';

/** What an ES module program prints, with exactly these variables besides what Node needs. */
async function program(text, env = {}) {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', `import { Jules, jules } from 'jules-sdk';\n${text}`],
    { cwd: import.meta.dirname, env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env } },
  );
  return { stdout: stdout.trim(), stderr };
}

/** A server that keeps what it was asked, and answers with an empty list. */
async function listener(t) {
  const asked = /** @type {any[]} */ ([]);
  const server = createServer((request, response) => {
    asked.push(request);
    response.setHeader('content-type', 'application/json').setHeader('x-request-id', 'req-7').end('{}');
  });
  await new Promise((ready) => server.listen(0, '127.0.0.1', () => ready(undefined)));
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return { asked, url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}` };
}

test('process.env counts, whatever the environment of the process is', async () => {
  const { stdout } = await program(
    `process.env = { JULES_API_KEY: 'k', JULES_BASE_URL: ${JSON.stringify(url)} };
     await jules.sessions();
     console.log(new Jules({ cache: false }).session('1').id);
     process.env = {};
     try { new Jules(); } catch (error) { console.log(error.name); }`,
    { JULES_API_KEY: 'another', JULES_BASE_URL: 'http://127.0.0.1:1' },
  );
  assert.equal(stdout, '1\nMissingApiKeyError');
});

test('a base URL that is no text is refused', {
  skip: process.platform === 'win32' && 'its variables are text',
}, async () => {
  // Only a shell gives a program bytes.
  const script = 'JULES_BASE_URL=$(printf "http://127.0.0.1:9/v1\\377") exec "$0" --input-type=module --eval "$1"';
  const text = `import { Jules } from 'jules-sdk';
    try { new Jules({ apiKey: 'k' }); } catch (error) { console.log(error.name, error.message); }`;
  const { stdout } = await promisify(execFile)('sh', ['-c', script, process.execPath, text], {
    cwd: import.meta.dirname,
  });
  assert.match(stdout, /^ConfigError the environment variable JULES_BASE_URL is not valid UTF-8\./);
});

test('the ready-made client reads the environment anew, and takes options', async (t) => {
  const [one, other] = [await listener(t), await listener(t)];
  const before = { ...process.env };
  t.after(() => {
    process.env = before;
    configureDefault();
  });
  process.env = { ...before, JULES_API_KEY: 'k', JULES_BASE_URL: one.url, JULES_CACHE_DIR: '' };
  configureDefault();
  await jules.sessions();
  process.env.JULES_BASE_URL = other.url;
  configureDefault();
  await jules.sessions();
  assert.deepEqual([one.asked.length, other.asked.length], [1, 1]);
  configureDefault({ apiKey: 'given', baseUrl: one.url, cache: false });
  await jules.sessions();
  assert.equal(one.asked[1].headers['x-goog-api-key'], 'given');
});

test('a JULES_LOG that is no level is an error and not silence', async () => {
  const { stdout } = await program(
    `try { new Jules({ apiKey: 'k', cache: false }); } catch (error) { console.log(error.name, error.message); }`,
    { JULES_LOG: 'verbose' },
  );
  assert.match(stdout, /^ConfigError JULES_LOG has "verbose", which is not a level/);
});

test('the logger gets each request with all that belongs to it, and never the key or the prompt', async (t) => {
  const { url: baseUrl } = await listener(t);
  const lines = /** @type {any[]} */ ([]);
  const logger = Object.fromEntries(
    ['debug', 'info', 'warn', 'error'].map((level) => [
      level,
      (message, fields) => lines.push({ level, message, fields }),
    ]),
  );
  const retry = { maxElapsedMs: 100, baseDelayMs: 5 };
  const heard = client({ apiKey: 'secret-key', baseUrl, retry, logger: /** @type {any} */ (logger) });
  const other = client({ apiKey: 'other-key', baseUrl });
  await heard.sessions({ filter: 'x = 1' });
  await other.sessions();
  await eventually('the line is there', async () => lines.length > 0);
  const { level, message, fields } = lines.find((line) => line.fields.operation === 'sessions.list');
  assert.deepEqual([level, message], ['debug', 'answered']);
  const { milliseconds, bytes, ...rest } = fields;
  assert.ok(milliseconds >= 0 && bytes === 2, `${milliseconds} ${bytes}`);
  assert.deepEqual(rest, {
    target: 'jules::http',
    operation: 'sessions.list',
    method: 'GET',
    path: '/v1alpha/sessions',
    status: 200,
    attempt: 1,
    requestId: 'req-7',
  });
  assert.equal(lines.filter((line) => line.fields.operation === 'sessions.list').length, 1, 'only its own lines');
  await rejection(heard.run({ prompt: 'secret prompt' }));
  await eventually('the lines are there', async () =>
    lines.some(({ fields }) => fields.operation === 'sessions.create'),
  );
  assert.doesNotMatch(JSON.stringify(lines), /secret|other-key/);
});

test('a logger keeps no process alive', async () => {
  const { stdout } = await program(
    `await new Jules({ apiKey: 'k', baseUrl: ${JSON.stringify(url)}, cache: false, logger: console }).sessions(); console.log('end');`,
  );
  assert.match(stdout, /answered[\s\S]*end$/);
});

test('headers are sent, beside the key', async (t) => {
  const { asked, url: baseUrl } = await listener(t);
  await client({ baseUrl, headers: { 'x-team': 'blue' } }).sessions();
  assert.deepEqual([asked[0].headers['x-team'], asked[0].headers['x-goog-api-key']], ['blue', 'test-key']);
});

test('a proxy that doesn’t answer is named, without its password', async () => {
  const proxy = 'http://me:secret@127.0.0.1:9';
  const away = client({ baseUrl: 'https://jules.invalid', proxy, retry: { maxElapsedMs: 0 } });
  const error = await rejection(away.sessions());
  assert.ok(error instanceof NetworkError);
  assert.match(error.message, /through the proxy http:\/\/127\.0\.0\.1:9: .*HTTPS_PROXY/);
  assert.doesNotMatch(error.message, /secret/);
});

test('many calls with one signal warn of nothing', async () => {
  const { stderr } = await program(
    `const client = new Jules({ apiKey: 'k', baseUrl: ${JSON.stringify(url)}, cache: false, pollingIntervalMs: 20, activityBudget: false });
     const { signal } = new AbortController();
     const runs = Array.from({ length: 12 }, () => client.run({ prompt: '[scenario:quick] x' }, { signal }));
     await Promise.all(runs.map(async (run) => { for await (const _ of run.stream()); await run; }));`,
  );
  assert.equal(stderr, '');
});

test('an error of a stream, a list or `all` says where it was asked for', async () => {
  const lost = client({ baseUrl: 'http://127.0.0.1:9', retry: { maxElapsedMs: 0 } });
  const calls = {
    async inAStream() {
      for await (const _ of lost.session('1').stream());
    },
    async inAList() {
      for await (const _ of lost.sessions());
    },
    async inAPage() {
      await lost.sessions();
    },
    async inAll() {
      await lost.all(['x'], (prompt) => ({ prompt }));
    },
  };
  for (const [name, call] of Object.entries(calls)) {
    const error = await rejection(call());
    assert.match(
      error.stack,
      new RegExp(`at (async )?(Object\\.)?${name} .*surroundings\\.test`),
      `${name}: ${error.stack}`,
    );
  }
});

test('handles print what they are', async () => {
  const { inspect } = await import('node:util');
  const own = client({ apiKey: 'secret-key' });
  assert.equal(inspect(own), `Jules { baseUrl: '${url.replace(/\/$/, '')}' }`);
  assert.equal(inspect(own.session('42')), "Session { id: '42' }");
  const lost = client({ baseUrl: 'http://127.0.0.1:1', retry: { maxElapsedMs: 100 } }).run({
    prompt: 'of a server that is not there',
  });
  assert.equal(inspect(lost), 'Run { sessionId: undefined }');
  assert.ok((await rejection(lost)) instanceof NetworkError);
  const run = own.run({ prompt: '[scenario:quick] printed' });
  const { sessionId } = await run;
  assert.equal(inspect(run), `Run { sessionId: '${sessionId}' }`);
});

test('the URL of its page names a session', async () => {
  const id = await seed();
  await append(id, { state: 'COMPLETED', activities: [wire.completed()] });
  const session = client().session(`https://jules.google.com/session/${id}`);
  assert.equal((await session.info()).id, id);
  assert.deepEqual(
    (await collect(session.history())).map(({ sessionId }) => sessionId),
    [id],
  );
});
