// Sources and sessions: iterated lazily, page by page; sessions also awaited for one page.

import { cameFrom, here } from './errors/stack';
import { callOptions, listOptions } from './native/arguments';
import type { NativeClient } from './native/binding';
import { call, callNow } from './native/call';
import { check, defined, required } from './native/check';
import type { CallOptions, SessionsOptions, SourcesOptions } from './options';
import { Stream } from './stream';
import { reviveInfo } from './values/revive';
import type { SessionInfo, SessionsPage } from './values/session-info';
import type { Source } from './values/source';

/** The account's sources: called for an iteration over all of them, and `get` for one. */
export interface Sources {
  /**
   * All sources, page by page as they are asked for (`sources.list`).
   *
   * @throws {@link ConfigError} at once, for an unknown option.
   * @example
   * for await (const source of jules.sources()) console.log(source.name);
   */
  (options?: SourcesOptions): AsyncIterable<Source>;
  /**
   * The source of a repository, `owner/repo` (`sources.get`).
   *
   * @throws {@link SourceNotFoundError} when there is no such repository or Jules isn't installed on it.
   * @example
   * const source = await jules.sources.get({ github: 'octocat/hello-world' });
   */
  get(source: { github: string }, options?: CallOptions): Promise<Source>;
}

const readSources = ([text]: string[]): Source[] => JSON.parse(text as string);
const readInfos = ([text]: string[]): SessionInfo[] => JSON.parse(text as string).map(reviveInfo);

/** @internal */
export function sourcesOf(client: () => NativeClient): Sources {
  const list = (given: SourcesOptions = {}): AsyncIterable<Source> => {
    const { options, signal } = listOptions('sources', given, '');
    const native = client();
    return {
      [Symbol.asyncIterator]: () =>
        new Stream<Source>(
          callNow(() => native.sources(options)),
          readSources,
          signal,
        ),
    };
  };
  const get = async (source: { github: string }, given?: CallOptions): Promise<Source> => {
    check('sources.get', source, { github: 'string' });
    required('sources.get', 'github', source.github);
    const { signal, timeoutMs } = callOptions('sources.get', given);
    const native = client();
    return JSON.parse(await call(signal, (cancel) => native.source(source.github, timeoutMs, cancel)));
  };
  return Object.assign(list, { get });
}

/**
 * The account's sessions, newest first. Iterated, all of them, page by page as they are asked for; awaited, one page.
 *
 * @example
 * for await (const session of jules.sessions({ limit: 10 })) console.log(session.title, session.state);
 * const { sessions, nextPageToken } = await jules.sessions({ pageSize: 50 });
 */
export class SessionList implements AsyncIterable<SessionInfo>, PromiseLike<SessionsPage> {
  readonly #client: NativeClient;
  readonly #given: ReturnType<typeof listOptions>;
  readonly #place: { stack?: string };
  #page: Promise<SessionsPage> | undefined;

  /** @internal */
  constructor(client: NativeClient, options: SessionsOptions = {}) {
    this.#given = listOptions('sessions', options, 'pageToken, page');
    this.#client = client;
    this.#place = here();
  }

  /** All sessions, page by page as they are asked for; each call begins again. */
  [Symbol.asyncIterator](): AsyncIterableIterator<SessionInfo> {
    const { options, signal } = this.#given;
    return new Stream<SessionInfo>(
      callNow(() => this.#client.sessions(options)),
      readInfos,
      signal,
    );
  }

  /** Gives the first page; so does `await`. */
  // biome-ignore lint/suspicious/noThenProperty: awaiting a list gives its first page, as the official SDK does
  then<A = SessionsPage, B = never>(
    fulfilled?: ((page: SessionsPage) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#page ??= this.#readPage();
    return this.#page.then(fulfilled, rejected);
  }

  async #readPage(): Promise<SessionsPage> {
    const { options, signal, timeoutMs } = this.#given;
    const read = call(signal, (cancel) => this.#client.sessions(options).page(timeoutMs, cancel));
    const text = await read.catch((error: unknown) => {
      throw cameFrom(error, this.#place);
    });
    const { items, nextPageToken } = JSON.parse(text) as { items: SessionInfo[]; nextPageToken?: string };
    return { sessions: items.map((info) => reviveInfo(info)), ...defined({ nextPageToken }) };
  }
}
