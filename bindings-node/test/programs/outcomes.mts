import { jules } from '@google/jules-sdk';

const prompts = new Map([
  ['login', 'Fix the login'],
  ['readme', 'Update the README'],
]);
const outcomes = await jules.all(prompts.values(), async (prompt) => ({ prompt }));
for (const { state, title, sessionId } of outcomes) console.log(state, title.length > 0, /^\d+$/.test(sessionId));
const sessions = await jules.all(prompts.values(), (prompt) => ({ prompt }), { until: 'created' });
for (const session of sessions) {
  for await (const activity of session.stream()) if (activity.type === 'sessionCompleted') break;
  console.log((await session.result()).state);
}
