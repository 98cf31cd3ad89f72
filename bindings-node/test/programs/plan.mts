import { jules } from '@google/jules-sdk';

const session = await jules.session({
  prompt: 'Greet people by name',
  source: { github: 'user/repo', baseBranch: 'main' },
});
await session.waitFor('awaitingPlanApproval');
const { plan, state } = await session.info();
console.log(state);
for (const step of plan?.steps ?? []) console.log(step.index, step.title.length > 0, step.description ?? '');
await session.approve();
const { outcome, pullRequest } = await session.waitFor('completed');
console.log(outcome?.state, pullRequest?.title ?? 'no title');
