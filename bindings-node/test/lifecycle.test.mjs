// Who keeps the process alive: what is waited for does, an idle client doesn't. Each test runs a program of its own.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { eventually } from './client.mjs';
import { append, requestsOf, requestsWith, seed, url, wire } from './emulator.mjs';

/** Runs a program that has `jules`, a client on the emulator; it has to end by itself within 20 s. */
async function run(program, env = {}) {
  const head = `import { Jules, jules as ready } from 'jules-sdk';
    const jules = new Jules({ apiKey: 'k', baseUrl: ${JSON.stringify(url)}, cache: false, pollingIntervalMs: 20, activityBudget: false });\n`;
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--unhandled-rejections=strict', '--eval', head + program],
    { cwd: import.meta.dirname, timeout: 20_000, env: { ...process.env, ...env } },
  );
  assert.equal(stderr, '');
  return stdout.trim();
}

test('an idle client lets the process exit', async () => {
  await run('await jules.sources.get({ github: "octocat/hello-world" }); jules.session("1"); jules.sessions();');
});

test('a stream that has ended or was left lets the process exit', async () => {
  const id = await seed();
  await append(id, { activities: [wire.message('Hi')] });
  assert.equal(
    await run(`for await (const a of jules.session('${id}').stream()) { console.log(a.message); break; }`),
    'Hi',
  );
});

test('a stream that nobody reads lets the process exit', async () => {
  await run(`globalThis.kept = jules.session('${await seed()}').stream();`);
});

test('a stream that nobody reads on lets the process exit, though Rust reads ahead', async () => {
  const id = await seed();
  await append(id, { activities: [wire.message('Hi')] });
  await run(`globalThis.kept = jules.session('${id}').stream(); await kept.next();`);
});

test('a module that is loaded again works beside the one that was there', async () => {
  const program = `const { createRequire } = await import('node:module');
    const require = createRequire(${JSON.stringify(import.meta.url)});
    const first = require('jules-sdk');
    for (const file of Object.keys(require.cache)) if (!file.endsWith('.node')) delete require.cache[file];
    const second = require('jules-sdk');
    console.log(first.Jules !== second.Jules);
    for (const { Jules } of [first, second]) {
      const client = new Jules({ apiKey: 'k', baseUrl: '${url}', cache: false });
      console.log((await client.sources.get({ github: 'octocat/hello-world' })).id);
    }`;
  const id = 'github/octocat/hello-world';
  assert.deepEqual((await run(program)).split('\n'), ['true', id, id]);
});

test('a pending wait keeps the process alive until it is over', async () => {
  const id = await seed();
  const running = run(`console.log((await jules.session('${id}').waitFor('completed')).state);`);
  await eventually('the program waits', async () => (await requestsOf(id)).length > 5);
  await append(id, { state: 'COMPLETED', activities: [wire.completed()] });
  assert.equal(await running, 'completed');
});

test('an open stream keeps the process alive', async () => {
  const id = await seed();
  const running = run(`for await (const a of jules.session('${id}').stream()) console.log(a.type);`);
  await eventually('the program reads', async () => (await requestsOf(id)).length > 5);
  await append(id, { state: 'COMPLETED', activities: [wire.completed()] });
  assert.equal(await running, 'sessionCompleted');
});

test('an abandoned run still creates its session', async () => {
  await run('jules.run({ prompt: "abandoned run" });');
  assert.equal((await requestsWith('abandoned run')).length, 1);
});

test('an abandoned run that fails is nobody’s unhandled rejection', async () => {
  await run('jules.run({ prompt: "x", source: { github: "no/where" } });');
});

test('a run that is awaited and fails is caught once', async () => {
  const program = `const run = jules.run({ prompt: '' });
    for (const way of [run.catch((e) => e), run.then(null, (e) => e), run.finally(() => {}).catch((e) => e)])
      console.log((await way).name);`;
  assert.deepEqual((await run(program)).split('\n'), ['ConfigError', 'ConfigError', 'ConfigError']);
});

test('a run is a promise: catch, finally, and combinators', async () => {
  const program = `const bad = jules.run({ prompt: 'x', source: { github: 'no/where' } });
    const good = jules.run({ prompt: '[scenario:quick] x', source: { github: 'octocat/hello-world' } });
    console.log(await bad.catch((error) => error.name), (await good.finally(() => console.log('over'))).state);
    console.log((await Promise.allSettled([bad, good])).map(({ status }) => status).join());
    console.log(await good === await good, Object.prototype.toString.call(good), (await good.session()).id === (await good).sessionId);`;
  const [over, first, second, third] = (await run(program)).split('\n');
  assert.deepEqual([over, first, second], ['over', 'SourceNotFoundError completed', 'rejected,fulfilled']);
  assert.equal(third, 'true [object Run] true');
});

test('all keeps the process alive until it is over, and no longer', async () => {
  const program = `jules.all([1, 2], (n) => ({ prompt: \`\${n} [scenario:quick]\` }), {
      onProgress: ({ stage, finished }) => { if (stage === 'finished') console.log(finished); },
    }).then((all) => console.log(all.length));
    jules.all([1], () => ({ prompt: 'never started' }));`;
  assert.deepEqual((await run(program)).split('\n'), ['1', '2', '2']);
  assert.deepEqual(await requestsWith('never started'), []);
});

test('all that was left lets the process exit', async () => {
  const program = `const forever = (n) => ({ prompt: n === 0 ? '[scenario:quick]' : '[scenario:silent]' });
    for await (const { index } of jules.all([0, 1, 2], forever)) { console.log(index); break; }`;
  assert.equal(await run(program), '0');
});

test('what is logged goes to stderr as JULES_LOG asks', async () => {
  const program = `import { jules } from 'jules-sdk'; await jules.sources.get({ github: 'octocat/hello-world' });`;
  const env = { ...process.env, JULES_API_KEY: 'secret-key', JULES_BASE_URL: url, JULES_LOG: 'debug' };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: import.meta.dirname,
    timeout: 20_000,
    env,
  });
  assert.equal(stdout, '');
  assert.match(stderr, /DEBUG jules::http/);
  assert.doesNotMatch(stderr, /secret-key/);
});

test('process.exit with calls in flight is quiet', async () => {
  const id = await seed();
  const program = `const session = jules.session('${id}');
    for (let n = 0; n < 20; n++) { session.result().catch(() => {}); session.stream().next().catch(() => {}); }
    setTimeout(() => process.exit(0), 100);`;
  await Promise.all(Array.from({ length: 4 }, () => run(program)));
});

test('a worker thread that is terminated with calls in flight is quiet, and another one works', async () => {
  const id = await seed();
  const program = `const { Worker } = await import('node:worker_threads');
    const { once } = await import('node:events');
    const code = (last) => \`const { Jules } = require('jules-sdk');
      const { parentPort } = require('node:worker_threads');
      const jules = new Jules({ apiKey: 'k', baseUrl: '${url}', cache: false });
      const session = jules.session('${id}');
      if (!\${last}) { session.result().catch(() => {}); session.stream().next(); }
      session.info().then((info) => parentPort.postMessage(info.id));\`;
    for (const last of [false, false, true]) {
      const worker = new Worker(code(last), { eval: true, execArgv: [] });
      const gone = once(worker, 'exit');
      console.log((await once(worker, 'message'))[0]);
      if (!last) worker.terminate();
      await gone;
    }
    console.log((await jules.session('${id}').info()).id);`;
  assert.deepEqual((await run(program)).split('\n'), [id, id, id, id]);
});

test('the ready-made client reads the environment when it is first used', async () => {
  const env = { JULES_API_KEY: '', JULES_BASE_URL: '' };
  const program = `process.env.JULES_API_KEY = 'late-key'; process.env.JULES_BASE_URL = ${JSON.stringify(url)};
    console.log((await ready.sources.get({ github: 'octocat/hello-world' })).id);`;
  assert.equal(await run(program, env), 'github/octocat/hello-world');
});
