// From the options of a queue's calls to what the addon takes; as `arguments.ts`.

import type { QueueOptions, TaskConfig, TaskListOptions, TasksOptions } from '../queue-options';
import { SESSION, sessionFields } from './arguments';
import type { NativeQueueOptions, NativeTaskConfig, NativeWorkOptions } from './binding';
import { check, defined } from './check';

export function queueOptions(given: QueueOptions = {}): NativeQueueOptions {
  check('queue', given, {
    // surface: checks QueueOptions
    slots: 'count',
    perDay: 'count',
    // surface: end
  });
  return defined(given);
}

/** What says nothing of a task goes through too: core tells what does instead. */
export function taskConfig(operation: string, given: TaskConfig): NativeTaskConfig {
  check(operation, given, {
    ...SESSION,
    // surface: checks TaskConfig -run
    key: 'string',
    priority: 'integer',
    notBefore: 'time',
    maxAttempts: 'count',
    retryOn: 'string',
    // surface: end
  });
  const { priority, notBefore, maxAttempts, retryOn, ...run } = given;
  const time = typeof notBefore === 'object' ? notBefore.toISOString() : notBefore;
  return { run: sessionFields(operation, run), ...defined({ priority, notBefore: time, maxAttempts, retryOn }) };
}

/** What a worker is told; who is asked about plans is passed on. */
interface Work<Approve> {
  concurrency?: number | undefined;
  follow?: boolean | undefined;
  approve?: Approve | undefined;
  signal?: AbortSignal | undefined;
}

export function workOptions<Approve>(given: Work<Approve>): {
  options: NativeWorkOptions;
  approve: Approve | undefined;
  signal: AbortSignal | undefined;
} {
  check('queue.work', given, {
    // surface: checks WorkOptions -approve
    concurrency: 'count',
    follow: 'boolean',
    // surface: end
    approve: 'string or function',
    signal: 'signal',
  });
  const { approve, signal, ...options } = given;
  return { approve, signal, options: defined(options) };
}

export function tasksOptions(given: TasksOptions = {}): { states: string[]; signal: AbortSignal | undefined } {
  check('queue.tasks', given, { state: 'string or strings', signal: 'signal' });
  const { state, signal } = given;
  return { signal, states: state === undefined ? [] : ([] as string[]).concat(state) };
}

export function taskListOptions(operation: string, given: TaskListOptions = {}): TaskListOptions {
  check(operation, given, { signal: 'signal' });
  return given;
}
