// A fleet: three worker processes for one queue, and a dashboard that shows live how it stands.
//
//     node fleet/fleet.mjs octocat/hello-world 'Fix the flaky test' 'Update the docs' …
//
// A worker that is killed is replaced, and the others continue its tasks. When the fleet itself is killed, start it again: what
// is done stays done, what is at work is followed. Needs `JULES_API_KEY`.
import { fork } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { jules, queue } from './queue.mjs';

const [github = '', ...tasks] = process.argv.slice(2);
const live = process.stdout.isTTY;
let shown = '';

/** Writes a line above the dashboard. */
function say(line) {
  process.stdout.write(live ? `\r\x1b[2K${line}\n${shown}` : `${line}\n`);
}

/** The dashboard: one line that stays where it is; in a log, each change is a line. */
function show(status) {
  const { waiting, starting, working, needsPerson, done, failed, cancelled, slotsUsed, slotsLimit, workers } = status;
  const ended = done + failed + cancelled;
  const all = ended + waiting + starting + working + needsPerson;
  const bar = '█'.repeat((20 * ended) / (all || 1)).padEnd(20, '░');
  const slots = slotsLimit === undefined ? `${slotsUsed}` : `${slotsUsed}/${slotsLimit}`;
  const parts = [`${ended} of ${all} ended`, `${starting + working} at work`, `slots ${slots}`, `${workers} workers`];
  if (needsPerson > 0) parts.push(`${needsPerson} for a person`);
  if (status.estimatedEnd) parts.push(`until ${new Date(status.estimatedEnd).toLocaleTimeString()}`);
  const line = `${bar} ${parts.join(' · ')}`;
  if (line === shown) return ended === all;
  shown = line;
  process.stdout.write(live ? `\r\x1b[2K${line}` : `${line}\n`);
  return ended === all;
}

const stop = new AbortController();
const crew = new Map();

function hire(name) {
  const worker = fork(new URL('worker.mjs', import.meta.url));
  crew.set(name, worker);
  say(`worker ${name} is process ${worker.pid}`);
  worker.on('message', (line) => say(String(line)));
  worker.on('exit', (code, signal) => {
    crew.delete(name);
    if (stop.signal.aborted || code === 0) return;
    if (signal === null) stop.abort(new Error(`worker ${name} gave up`));
    else {
      say(`worker ${name} is gone (${signal})`);
      hire(name);
    }
  });
}

process.once('SIGINT', () => stop.abort(new Error('interrupted')));

try {
  const map = (task) => ({ key: `${github}: ${task}`, prompt: task, source: { github } });
  const { added, known, conflicts } = await queue.addAll(tasks, map, { signal: stop.signal });
  say(`${added} added, ${known + conflicts.length} known`);
  for (const name of ['1', '2', '3']) hire(name);
  while (!show(await queue.status({ signal: stop.signal }))) await sleep(200, undefined, { signal: stop.signal });
} catch (error) {
  say(String(stop.signal.reason ?? error));
  process.exitCode = 1;
} finally {
  stop.abort();
  for (const worker of crew.values()) worker.kill('SIGTERM');
  if (live) process.stdout.write('\n');
  await jules.close();
}
