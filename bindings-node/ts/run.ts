// A run: a session that was started at once and is awaited for its outcome.

import { INSPECT, type Inspect } from './inspect';
import { streamOptions } from './native/arguments';
import type { CancelToken, NativeRun } from './native/binding';
import { call, callNow } from './native/call';
import type { CallOptions, StreamOptions } from './options';
import { Session } from './session';
import { type ActivityStream, Stream } from './stream';
import type { ActivityOf, ActivityType } from './values/activity';
import { readActivities } from './values/long';
import type { Outcome } from './values/outcome';
import { toOutcome } from './values/revive';

/**
 * A session that was started at once. Awaited, it gives the outcome when the session has ended; its activities and its
 * session can be had before. It may be abandoned: its session is still created, and what goes wrong is nobody's
 * unhandled rejection.
 *
 * @example
 * const run = jules.run({ prompt: 'Fix the flaky test', source: { github: 'octocat/hello-world' } });
 * for await (const activity of run.stream()) console.log(activity.type);
 * const outcome = await run;
 */
export class Run implements Promise<Outcome> {
  readonly [Symbol.toStringTag] = 'Run';
  readonly #native: NativeRun;
  readonly #options: CallOptions;
  readonly #created: Promise<Session>;
  #outcome: Promise<Outcome> | undefined;

  /** @internal */
  constructor(native: NativeRun, options: CallOptions) {
    this.#native = native;
    this.#options = options;
    // Waiting for the creation keeps the process alive until the session is there, whoever else waits.
    this.#created = this.#call((native, cancel) => native.session(undefined, cancel)).then((one) => new Session(one));
    this.#created.catch(ignore);
  }

  /** The id of its session, once that is created; of the latest one where a failed one was started again. */
  get sessionId(): string | undefined {
    return this.#native.sessionId() ?? undefined;
  }

  /**
   * The session, as soon as it is created; the latest one where a failed one was started again. Rejects when it can't be
   * created.
   */
  async session(): Promise<Session> {
    const first = await this.#created;
    // It is there by now: nothing to cancel.
    const latest = await call(undefined, (cancel) => this.#native.session(undefined, cancel));
    return latest.id === first.id ? first : new Session(latest);
  }

  /**
   * The session's activities, as {@link Session.stream} gives them; can be called before the session is created.
   *
   * @param options - Default: all activities, until the session's end.
   */
  stream<const Type extends ActivityType = ActivityType>(
    options: StreamOptions<Type> = {},
  ): ActivityStream<ActivityOf<Type>> {
    const { options: native, signal } = streamOptions('stream', options);
    return new Stream<ActivityOf<Type>>(
      callNow(() => this.#native.stream(native)),
      readActivities,
      signal ?? this.#options.signal,
    );
  }

  /** Gives the outcome; so does `await`. */
  // biome-ignore lint/suspicious/noThenProperty: a run is awaited for its outcome
  then<A = Outcome, B = never>(
    fulfilled?: ((outcome: Outcome) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#end().then(fulfilled, rejected);
  }

  /** Handles what goes wrong, as with any promise. */
  catch<B = never>(rejected?: ((reason: unknown) => B | PromiseLike<B>) | null): Promise<Outcome | B> {
    return this.#end().catch(rejected);
  }

  /** Does something in either case, as with any promise. */
  finally(settled?: (() => void) | null): Promise<Outcome> {
    return this.#end().finally(settled);
  }

  /**
   * What it is, when it is printed.
   *
   * @internal
   */
  [INSPECT](_depth: number, _options: unknown, inspect: Inspect): string {
    return `Run ${inspect({ sessionId: this.sessionId })}`;
  }

  #end(): Promise<Outcome> {
    this.#outcome ??= this.#call((native, cancel, ms) => native.outcome(ms, cancel)).then(toOutcome);
    return this.#outcome;
  }

  /** Calls the addon; when the signal fires, the run itself is let go too. */
  async #call<T>(start: Start<T>): Promise<T> {
    const [native, options] = [this.#native, this.#options];
    try {
      return await call(options.signal, (cancel) => start(native, cancel, options.timeoutMs));
    } catch (error) {
      if (options.signal?.aborted) native.stop();
      throw error;
    }
  }
}

type Start<T> = (native: NativeRun, cancel: CancelToken | undefined, timeoutMs: number | undefined) => Promise<T>;

function ignore(): void {}
