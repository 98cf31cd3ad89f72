// An ESM project: the ready-made client, awaited at top level.
import { JulesError, jules } from 'jules-sdk';

const outcome = await jules.run({ prompt: '[scenario:happy] Greet', source: { github: 'octocat/hello-world' } });
console.log(outcome.state, outcome.pullRequest?.url, new JulesError('x') instanceof Error);
