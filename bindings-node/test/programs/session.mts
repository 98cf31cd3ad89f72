import { jules } from '@google/jules-sdk';

const session = await jules.session({
  prompt: '[scenario:demo] Greet people by name',
  source: { github: 'user/repo', baseBranch: 'main' },
  title: 'Greet',
  requireApproval: true,
});
console.log(/^\d+$/.test(session.id));
await session.waitFor('awaitingPlanApproval');
await session.approve();
const reply = await session.ask('Start with the first step and tell me when it is done.');
console.log(`[AGENT] ${reply.message.length > 0}`);
const outcome = await session.result();
console.log(outcome.state, outcome.generatedFiles().all().length > 0);
