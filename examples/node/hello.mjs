// The five lines of the README, which `.dev/run readme` holds equal to these.

import { jules } from 'jules-sdk';

const run = jules.run({ prompt: 'Fix the flaky test', source: { github: 'octocat/hello-world' } });
for await (const activity of run.stream()) console.log(activity.type);
const { state, pullRequest } = await run;
console.log(state, pullRequest?.url ?? 'no pull request');
