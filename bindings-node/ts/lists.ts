// Sources and sessions: iterated lazily, page by page, or awaited for the first page.

import { cameFrom, here } from './errors/stack';
import { callOptions, listOptions } from './native/arguments';
import type { NativeClient, SessionFeed, SourceFeed } from './native/binding';
import { call, callNow } from './native/call';
import { check, defined, required } from './native/check';
import type { CallOptions, SessionsOptions, SourcesOptions } from './options';
import { Stream } from './stream';
import { reviveInfo } from './values/revive';
import type { SessionInfo, SessionsPage } from './values/session-info';
import type { Source, SourcesPage } from './values/source';

/** The account's sources: called for all of them or a page, and `get` for one. */
export interface Sources {
  /**
   * All sources (`sources.list`): iterated, page by page as they are asked for; awaited, the first page.
   *
   * @throws {@link ConfigError} at once, for an unknown option.
   * @example
   * for await (const source of jules.sources()) console.log(source.name);
   * const { sources } = await jules.sources({ pageSize: 10 });
   */
  (options?: SourcesOptions & CallOptions): SourceList;
  /**
   * The source of a repository, `owner/repo` (`sources.get`).
   *
   * @throws {@link SourceNotFoundError} when there is no such repository or Jules isn't installed on it.
   * @example
   * const source = await jules.sources.get({ github: 'octocat/hello-world' });
   */
  get(source: { github: string }, options?: CallOptions): Promise<Source>;
}

/** A list on the server: iterated, all of it; awaited, a page. */
abstract class Listing<Item, Page> implements AsyncIterable<Item>, PromiseLike<Page> {
  readonly #feed: () => SourceFeed | SessionFeed;
  readonly #given: Omit<ReturnType<typeof listOptions>, 'options'>;
  readonly #place: { stack?: string };
  #page: Promise<Page> | undefined;

  /** @internal */
  constructor(given: Omit<ReturnType<typeof listOptions>, 'options'>, feed: () => SourceFeed | SessionFeed) {
    this.#given = given;
    this.#feed = feed;
    this.#place = here();
  }

  /** @internal */
  protected abstract read(items: Item[]): Item[];
  /** @internal */
  protected abstract pageOf(items: Item[], rest: { nextPageToken?: string }): Page;

  /** All of them, page by page as they are asked for; each call begins again. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Item> {
    const read = ([text]: string[]) => this.read(JSON.parse(text as string));
    return new Stream<Item>(callNow(this.#feed), read, this.#given.signal);
  }

  /** Gives the first page; so does `await`. */
  // biome-ignore lint/suspicious/noThenProperty: awaiting a list gives its first page, as the official SDK does
  then<A = Page, B = never>(
    fulfilled?: ((page: Page) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#page ??= this.#readPage();
    return this.#page.then(fulfilled, rejected);
  }

  async #readPage(): Promise<Page> {
    const { signal, timeoutMs } = this.#given;
    const read = call(signal, (cancel) => this.#feed().page(timeoutMs, cancel));
    const text = await read.catch((error: unknown) => {
      throw cameFrom(error, this.#place);
    });
    const { items, nextPageToken } = JSON.parse(text) as { items: Item[]; nextPageToken?: string };
    return this.pageOf(this.read(items), defined({ nextPageToken }));
  }
}

/**
 * The account's sources. Iterated, all of them, page by page as they are asked for; awaited, the first page.
 *
 * @example
 * for await (const source of jules.sources()) console.log(source.name);
 * const { sources } = await jules.sources({ pageSize: 10 });
 */
export class SourceList extends Listing<Source, SourcesPage> {
  /** @internal */
  constructor(client: NativeClient, given: SourcesOptions & CallOptions = {}) {
    const { options, ...rest } = listOptions('sources', given, 'page');
    super(rest, () => client.sources(options));
  }

  /** @internal */
  protected read(sources: Source[]): Source[] {
    return sources;
  }

  /** @internal */
  protected pageOf(sources: Source[], rest: { nextPageToken?: string }): SourcesPage {
    return { sources, ...rest };
  }
}

/**
 * The account's sessions, newest first. Iterated, all of them, page by page as they are asked for; awaited, one page.
 *
 * @example
 * for await (const session of jules.sessions({ limit: 10 })) console.log(session.title, session.state);
 * const { sessions, nextPageToken } = await jules.sessions({ pageSize: 50 });
 */
export class SessionList extends Listing<SessionInfo, SessionsPage> {
  /** @internal */
  constructor(client: NativeClient, given: SessionsOptions = {}) {
    const { options, ...rest } = listOptions('sessions', given, 'pageToken, page');
    super(rest, () => client.sessions(options));
  }

  /** @internal */
  protected read(sessions: SessionInfo[]): SessionInfo[] {
    return sessions.map((info) => reviveInfo(info));
  }

  /** @internal */
  protected pageOf(sessions: SessionInfo[], rest: { nextPageToken?: string }): SessionsPage {
    return { sessions, ...rest };
  }
}

/** @internal */
export function sourcesOf(client: () => NativeClient): Sources {
  const list = (options?: SourcesOptions & CallOptions): SourceList => new SourceList(client(), options);
  const get = async (source: { github: string }, given?: CallOptions): Promise<Source> => {
    check('sources.get', source, { github: 'string' });
    required('sources.get', 'github', source.github);
    const { signal, timeoutMs } = callOptions('sources.get', given);
    const native = client();
    return JSON.parse(await call(signal, (cancel) => native.source(source.github, timeoutMs, cancel)));
  };
  return Object.assign(list, { get });
}
