// A bot for a Slack channel: `/jules fix the login` starts a session, its plan comes with a button to approve it, and the pull
// request is posted when it is there.
//
// Needs `JULES_API_KEY`, `SLACK_TOKEN`, `SLACK_SECRET` (of the app), `REPOSITORY`; listens on `PORT`. In Slack, `/commands`
// and `/interactions` are its request URLs.
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { jules } from 'jules-sdk';
import { Slack } from './slack.mjs';

const { SLACK_URL, SLACK_TOKEN = '', SLACK_SECRET = '', REPOSITORY = '', PORT = '3000' } = process.env;
const slack = new Slack({ token: SLACK_TOKEN, secret: SLACK_SECRET, ...(SLACK_URL && { url: SLACK_URL }) });

/** Starts a session for what somebody asked for in a channel. */
async function start(prompt, channel) {
  const session = await jules.session({
    prompt,
    source: { github: REPOSITORY },
    requireApproval: true,
    autoPr: true,
  });
  await slack.post(channel, `On it: session ${session.id}.`);
  await follow(session, channel);
}

/** Tells the channel what it should know of a session, until it has ended. */
async function follow(session, channel) {
  for await (const activity of session.stream({ exclude: { originator: 'user' } })) {
    if (activity.type === 'planGenerated') {
      const steps = activity.plan.steps.map((step) => `${step.index + 1}. ${step.title}`).join('\n');
      const approve = { id: 'approve', label: 'Approve', value: `${session.id} ${channel}` };
      await slack.post(channel, `The plan:\n${steps}`, [approve]);
    }
    if (activity.type === 'agentMessaged') await slack.post(channel, activity.message);
  }
  const { state, pullRequest, failureReason } = await session.result();
  await slack.post(channel, `${state}: ${pullRequest?.url ?? failureReason ?? 'no pull request'}`);
}

/** Somebody pressed a button. */
async function approve(value, person) {
  const [id, channel] = value.split(' ');
  await jules.session(id).approve();
  await slack.post(channel, `${person} has approved the plan.`);
}

/** What is to be done for a request of Slack's; it is answered before, for Slack waits three seconds at most. */
function work(path, form) {
  if (path === '/commands') return start(form.get('text'), form.get('channel_id'));
  const { actions = [], user } = JSON.parse(form.get('payload') ?? '{}');
  return Promise.all(actions.map(({ value }) => approve(value, user.name)));
}

const server = createServer(async (request, response) => {
  const body = await text(request);
  if (!slack.hasSent(request.headers, body)) {
    response.writeHead(401).end();
    return;
  }
  response.writeHead(200).end();
  try {
    await work(request.url, new URLSearchParams(body));
  } catch (error) {
    console.error(error);
  }
});
server.listen(Number(PORT), () => console.log(`listening on ${/** @type {any} */ (server.address()).port}`));
