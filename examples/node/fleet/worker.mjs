// One worker of the fleet: takes tasks until nothing is left, and tells its parent what came of each. Any number of them may
// run, here or elsewhere. SIGTERM stops it at once: its sessions go on, and another worker goes on with their tasks.
import { jules, queue } from './queue.mjs';

const stop = new AbortController();
process.once('SIGTERM', () => stop.abort());

try {
  for await (const { key, outcome, error } of queue.work({ approve: 'all', signal: stop.signal })) {
    const end = outcome?.pullRequest?.url ?? outcome?.failureReason ?? outcome?.state ?? error?.message;
    // What the agent has written is text on one line: it moves no cursor and changes no title.
    process.send?.(`${outcome?.state === 'completed' ? '✔' : '✘'} ${key}: ${String(end).replace(/\p{Cc}/gu, ' ')}`);
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
}
// Gives back what it holds, so that the others needn't wait until that has run out.
await jules.close();
if (process.connected) process.disconnect();
