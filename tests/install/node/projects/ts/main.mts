// A TypeScript project, as ESM: types of what is given and of what comes back, under the strictest settings.
import {
  type Activity,
  type ActivityAgentMessaged,
  type Artifact,
  Jules,
  JulesError,
  jules,
  type Outcome,
  RateLimitError,
  type Run,
  type Session,
  type SessionInfo,
  type SessionsPage,
  type Source,
} from 'jules-sdk';

/** Every type of activity is known, and nothing else is there. */
function headline(activity: Activity): string {
  switch (activity.type) {
    case 'agentMessaged':
    case 'userMessaged':
      return activity.message;
    case 'planGenerated':
      return activity.plan.steps.map((step) => step.title).join();
    case 'planApproved':
      return activity.planId;
    case 'progressUpdated':
      return activity.title;
    case 'sessionCompleted':
      return 'completed';
    case 'sessionFailed':
      return activity.reason;
    case 'unknown':
      return activity.kind;
    default: {
      const nothing: never = activity;
      return nothing;
    }
  }
}

function size(artifact: Artifact): number {
  if (artifact.type === 'changeSet') return artifact.parsed().summary.totalFiles;
  if (artifact.type === 'bashOutput') return artifact.exitCode;
  return artifact.type === 'media' ? artifact.toUrl().length : 0;
}

// @ts-expect-error an unknown option
const misspelt = (): Jules => jules.with({ apikey: 'k' });

// What may be undefined, such as a variable of the environment, may be given as such.
const key: string | undefined = 'any';
const client = new Jules({ apiKey: key, cache: false, retry: { maxElapsedMs: undefined } });

const run: Run = client.run({ prompt: '[scenario:happy] Greet', source: { github: 'octocat/hello-world' } });
const session: Session = await run.session();
let seen = 0;
for await (const activity of run.stream({ exclude: { originator: 'user' } })) {
  seen += headline(activity).length + activity.artifacts.map(size).length;
}
const promise: Promise<Outcome> = run;
const outcome: Outcome = await promise;
const info: SessionInfo = await session.info();
const page: SessionsPage = await client.sessions({ pageSize: 1 });
for await (const each of client.sessions({ limit: 1 })) void (each satisfies SessionInfo);
for await (const source of client.sources()) void (source satisfies Source);
const opened: Session = client.session(info.id);
const reply = (): Promise<ActivityAgentMessaged> =>
  opened.ask('Why?', { timeoutMs: 1, signal: AbortSignal.timeout(1) });
const created = (): Promise<Session> => client.session({ prompt: 'x' });
const failed = (error: unknown): number | undefined =>
  error instanceof RateLimitError ? error.retryAfterMs : error instanceof JulesError ? error.status : undefined;
await client.close();
console.log(outcome.state, outcome.pullRequest?.url, seen > 0 && page.sessions.length === 1 && failed(0) === undefined);
void misspelt;
void reply;
void created;
