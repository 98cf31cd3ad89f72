// Types: `select`'s rows follow the query, errors have the fields of their class. Compiled by `.dev/run node lint`, never run.
import type {
  ActivityStream,
  jules as client,
  Jules,
  Outcome,
  Queue,
  Quota,
  Row,
  Session,
  Task,
  TaskResult,
} from 'jules-sdk';
import { PreconditionError, SessionEndedError, TimeoutError } from 'jules-sdk';
import type { ChangeSetArtifact, Outcome as SameOutcome } from 'jules-sdk/types';

declare const jules: typeof client;
declare const session: Session;

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Flat<T> = { [K in keyof T]: T[K] };
function same<A, B>(_: Same<Flat<A>, Flat<B>> extends true ? true : never): void {}

const chosen = await jules.select({ from: 'sessions', where: { state: 'failed' }, select: ['id', 'title'], limit: 10 });
same<(typeof chosen)[number], { id: string; title: string }>(true);

const usual = await jules.select({ from: 'activities', where: { type: 'agentMessaged', search: 'done' } });
const summary: string = usual[0]?.summary ?? '';
// @ts-expect-error: not among what is given when nothing is chosen
usual[0]?.message;

const deep = await jules.select({ from: 'sessions', select: ['outputs.pullRequest.url', 'sourceContext.source'] });
const url: string | undefined = deep[0]?.outputs[0]?.pullRequest?.url;
// @ts-expect-error: only the URL was asked for
deep[0]?.outputs[0]?.pullRequest?.title;

const whole = await jules.select({ from: 'activities', select: ['*', '-artifacts'] });
for (const row of whole) if (row.type === 'planGenerated') row.plan.steps.map((step) => step.title);
// @ts-expect-error: it was left out
whole[0]?.artifacts;

const along = await jules.select({
  from: 'sessions',
  select: ['id'],
  include: { activities: { where: { type: 'planGenerated' }, select: ['id', 'plan.steps.title'], limit: 1 } },
});
const title: string | undefined = along[0]?.activities[0]?.plan?.steps[0]?.title;

const own = await session.activities.select({ where: { 'artifacts.exitCode': { gt: 0 } }, include: { session: true } });
const state: string | undefined = own[0]?.session?.state;

for await (const activity of session.stream()) {
  const of: string | undefined = activity.sessionId;
  void of;
}

const since = await jules.select({ from: 'sessions', where: { createTime: { gte: new Date() } } });
same<(typeof since)[number], Row<'sessions'>>(true);

for await (const activity of session.stream({ types: ['planGenerated', 'sessionFailed'] }))
  console.log(activity.type === 'planGenerated' ? activity.plan : activity.reason);
for await (const activity of session.history()) if (activity.type === 'unknown') console.log(activity.raw);

// @ts-expect-error: no such field
jules.select({ from: 'sessions', where: { titel: 'x' } });
// @ts-expect-error: no such field to give
jules.select({ from: 'sessions', select: ['titel'] });
// @ts-expect-error: no such option
jules.select({ from: 'sessions', sort: 'asc' });
// @ts-expect-error: a state is text
jules.select({ from: 'sessions', where: { state: 7 } });

// A misspelt word is found where the words are closed; a session may be in a state that is not known yet.
// @ts-expect-error: no such type
session.stream({ types: ['agentMesaged'] });
for await (const activity of session.stream()) {
  // @ts-expect-error: no such type
  if (activity.type === 'planAproved') break;
}
for await (const task of jules.queue('updates').tasks()) {
  // @ts-expect-error: no such state
  if (task.state === 'needsPersn') break;
}

export { state, summary, title, url };

const ended: unknown = await jules
  .run({ prompt: 'x', waitForSlot: 60_000, stallTimeoutMs: 1, retryFailed: 1 })
  .catch((error: unknown) => error);
if (ended instanceof SessionEndedError && ended.reason === 'stopped')
  ended.info?.archived satisfies boolean | undefined;
if (ended instanceof TimeoutError) ended.lastActivity?.artifacts;
if (ended instanceof PreconditionError) ended.limit satisfies string | undefined;
const quota: Quota = await jules.quota();
quota.holding.map(({ sessionId, since }) => [sessionId, since] satisfies [string, string | undefined]);
// @ts-expect-error: a history doesn't wait
session.history({ stallTimeoutMs: 1 });

// `all` gives outcomes or sessions, as asked for.
const outcomes: Outcome[] = await jules.all(['x'], (prompt) => ({ prompt }));
const sessions: Session[] = await jules.all(['x'], (prompt) => ({ prompt }), { until: 'created' });
const settled: PromiseSettledResult<Session>[] = await jules.all(['x'], (prompt) => ({ prompt }), {
  until: 'created',
  stopOnError: false,
});
const same1: SameOutcome | undefined = outcomes[0];
const changes: ChangeSetArtifact | undefined = same1?.changeSet();

// A stream belongs to a block.
{
  await using stream = session.stream();
  const kept: ActivityStream<unknown> = stream;
  void kept;
}

// Fakes for tests need nothing of ours.
const fakeSession: Pick<Session, 'id' | 'send'> = { id: '1', send: async () => {} };
const fake: Pick<Jules, 'session'> = {
  session: ((_given: unknown) => fakeSession) as Jules['session'],
};
declare const rest: Omit<Session, keyof typeof fakeSession>;
const faked: Session = { ...rest, ...fakeSession };
void [sessions, settled, changes, fake, faked];

// What comes of a task is an outcome or an error, and its state one of seven words.
const queue = jules.queue('updates', { slots: 2 });
for await (const result of queue.work({
  approve: async (task, plan) => task.attempts === 1 && plan.steps.length < 5,
})) {
  if (result.outcome) result.outcome satisfies Outcome;
  else result.error.kind satisfies string;
  // @ts-expect-error: it may have failed
  result.outcome.state;
  const finished: 'done' | 'failed' | 'cancelled' | undefined =
    result.task.state === 'done' || result.task.state === 'failed' ? result.task.state : undefined;
  void finished;
}
const worked: TaskResult[] = await queue.work();
const waiting: Task[] = [];
for await (const task of queue.tasks({ state: ['waiting', 'needsPerson'] })) waiting.push(task);
const { conflicts } = await queue.addAll(new Set([1]), async (n) => ({
  key: `${n}`,
  prompt: 'x',
  notBefore: new Date(),
}));
conflicts[0]?.field satisfies string | undefined;
// @ts-expect-error: a task has a key
queue.add({ prompt: 'x' });
// @ts-expect-error: a task always waits for a slot
queue.add({ key: 'a', prompt: 'x', waitForSlot: true });
// @ts-expect-error: no such failures
queue.add({ key: 'a', prompt: 'x', retryOn: 'never' });
// @ts-expect-error: no such state
queue.tasks({ state: 'finished' });
// @ts-expect-error: no such rule
queue.work({ approve: 'some' });
const fakeQueue: Pick<Queue, 'add'> = { add: async () => waiting[0] as Task };
void [worked, fakeQueue];
