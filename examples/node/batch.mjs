// Many tasks at once, with a line for each that tells how far it is. On a terminal the lines stay where they are; in a log
// each change is a line.
//
//     node batch.mjs octocat/hello-world 'Fix the flaky test' 'Update the docs' …
//
// Needs `JULES_API_KEY`.
import { jules } from 'jules-sdk';

const [github = '', ...tasks] = process.argv.slice(2);
const marks = { queued: '…', started: '▶', waiting: '⏳', finished: '✔' };
const lines = tasks.map((task) => `  ${task}`);
const live = process.stdout.isTTY;

/** Changes the line of one task. */
function show(index, text) {
  lines[index] = `${text} ${tasks[index]}`;
  if (!live) console.log(lines[index]);
  else process.stdout.write(`\x1b[${lines.length}A${lines.map((line) => `\x1b[2K${line}\n`).join('')}`);
}

if (live) process.stdout.write(`${lines.join('\n')}\n`);
const results = jules.all(tasks, (prompt) => ({ prompt, source: { github } }), {
  stopOnError: false,
  onProgress: ({ index, stage }) => stage !== 'finished' && show(index, marks[stage]),
});

let failures = 0;
for await (const { index, outcome, error } of results) {
  const done = outcome?.state === 'completed';
  if (!done) failures += 1;
  const end = outcome?.pullRequest?.url ?? outcome?.failureReason ?? outcome?.state ?? String(error);
  // What the agent has written is text on one line: it moves no cursor and changes no title.
  show(index, `${done ? marks.finished : '✘'} ${end.replace(/\p{Cc}/gu, ' ')} ·`);
}
console.log(`${tasks.length - failures} of ${tasks.length} done`);
process.exitCode = failures ? 1 : 0;
