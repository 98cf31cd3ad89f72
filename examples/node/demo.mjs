// One session as a person would lead it: prompt, plan, approval, live activities, a question, the pull request.
//
// Needs `JULES_API_KEY`; `JULES_BASE_URL` may point to an emulator.
import { JulesError, jules } from 'jules-sdk';

const title = 'Greet people by name';

/**
 * Prints what others have written, as text that moves no cursor and changes no title.
 *
 * @param {string} text
 */
const show = (text) => console.log(text.replace(/(?![\n\t])\p{Cc}/gu, '\ufffd'));

/** Leads the session to its end. */
async function main() {
  const session = await jules.session({
    prompt: "[scenario:demo] Let the greeting use the person's name.",
    source: { github: 'octocat/hello-world', branch: 'main' },
    title,
    requireApproval: true,
    autoPr: true,
  });
  show(`▶ Node · ${title}`);

  let pictureSeen = false;
  for await (const activity of session.stream()) {
    show(`  • ${headline(activity)}`);
    for (const line of details(activity)) show(`      ${line}`);
    if (activity.type === 'planGenerated') await session.approve();
    if (activity.type === 'agentMessaged' && pictureSeen) {
      pictureSeen = false;
      await session.ask('Which files did you change?'); // The stream shows the question and the reply.
    }
    pictureSeen ||= activity.artifacts.some((artifact) => artifact.type === 'media');
  }

  const { state, pullRequest, failureReason } = await session.result();
  const mark = state === 'completed' ? '✔' : '✘';
  show(`${mark} ${state} · ${pullRequest?.url ?? failureReason ?? 'no pull request'}`);
}

/**
 * What happened, on one line.
 *
 * @param {import('jules-sdk').Activity} activity
 */
function headline(activity) {
  switch (activity.type) {
    case 'agentMessaged':
      return `Jules: ${activity.message}`;
    case 'userMessaged':
      return `You: ${activity.message}`;
    case 'planGenerated':
      return `Plan with ${activity.plan.steps.length} steps`;
    case 'planApproved':
      return 'Plan approved';
    case 'progressUpdated':
      return [activity.title, activity.description].filter(Boolean).join(': ');
    case 'sessionCompleted':
      return 'Session completed';
    case 'sessionFailed':
      return `Session failed: ${activity.reason}`;
    case 'unknown':
      return activity.description ?? activity.kind;
  }
}

/**
 * What came along, line by line.
 *
 * @param {import('jules-sdk').Activity} activity
 */
function* details(activity) {
  if (activity.type === 'planGenerated') {
    for (const step of activity.plan.steps) yield `${step.index + 1}. ${step.title}`;
  }
  for (const artifact of activity.artifacts) {
    if (artifact.type === 'bashOutput') yield* artifact.toString().split('\n');
    if (artifact.type === 'media') yield `${artifact.format}, ${Buffer.byteLength(artifact.data, 'base64')} bytes`;
    if (artifact.type === 'changeSet') {
      for (const { changeType, path, additions, deletions } of artifact.parsed().files) {
        yield `${changeType} ${path} (+${additions} −${deletions})`;
      }
    }
  }
}

try {
  await main();
} catch (error) {
  if (!(error instanceof JulesError)) throw error;
  console.error(`✘ ${error.message}`);
  process.exitCode = 1;
}
