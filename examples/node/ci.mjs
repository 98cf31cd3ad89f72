// A step of a CI job: hands the log of a failed check to Jules, and reports as the job's summary what came of it.
//
//     make test 2>&1 | tee test.log || node ci.mjs octocat/hello-world main test.log
//
// Exits with 0 when there is a pull request with a fix. Needs `JULES_API_KEY`; `GITHUB_STEP_SUMMARY` names the summary's file.
import { appendFileSync, readFileSync } from 'node:fs';
import { jules } from 'jules-sdk';

const [github = '', branch, log = '/dev/stdin'] = process.argv.slice(2);
const tail = readFileSync(log, 'utf8').slice(-20_000);
const minutes = Number(process.env.JULES_MINUTES ?? 30);
const signal = AbortSignal.timeout(minutes * 60_000);

/**
 * Prints what the agent has written, as text that moves no cursor and changes no title.
 *
 * @param {string} text
 */
const show = (text) => console.log(text.replace(/(?![\n\t])\p{Cc}/gu, '\ufffd'));

const run = jules.run(
  {
    prompt: `This check failed. Find out why, and fix it.\n\n${tail}`,
    source: { github, branch },
    title: `Fix the check on ${branch ?? 'the default branch'}`,
  },
  { signal },
);

try {
  const session = await run.session();
  console.log(`Session ${session.id}`);
  for await (const activity of run.stream({ types: ['planGenerated', 'progressUpdated', 'sessionFailed'] })) {
    if (activity.type === 'planGenerated') for (const step of activity.plan.steps) show(`  ${step.title}`);
    else show(activity.type === 'progressUpdated' ? activity.title : activity.reason);
  }
  const { state, pullRequest } = await run;
  if (process.env.GITHUB_STEP_SUMMARY) {
    appendFileSync(process.env.GITHUB_STEP_SUMMARY, (await session.snapshot()).toMarkdown());
  }
  console.log(state, pullRequest?.url ?? 'without a pull request');
  process.exitCode = pullRequest ? 0 : 1;
} catch (error) {
  console.error(signal.aborted ? `Not done after ${minutes} minutes.` : error);
  process.exitCode = 1;
}
