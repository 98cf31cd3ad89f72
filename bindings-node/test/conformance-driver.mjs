// Runs the steps of a conformance plan through the package's public API and prints what came, a line of JSON per case.
//
//     node conformance-driver.mjs PLAN
//
// It holds no expectation: the runner (tests/conformance) judges all languages in one place.
import { deepStrictEqual } from 'node:assert';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Activity, Jules, JulesError, Outcome, SessionInfo, Snapshot } from 'jules-sdk';

/** A step that makes no sense to this driver. */
class Unsupported extends Error {}

/** What a case has so far: its client, the handles and the JSON that steps saved. */
class Stage {
  #client;
  /** Clients beside it. */
  #others = [];
  handles = new Map();
  saved = new Map();

  constructor({ baseUrl, apiKey, usualCache, cacheDir, options }) {
    // The cases poll often: whichever is about the budget says so.
    const own = { activityBudget: false, ...(usualCache ? {} : { cache: cacheDir ?? false }) };
    this.options = { baseUrl, apiKey: apiKey ?? undefined, ...own, ...options };
  }

  /** Made when it is first needed, so that a bad option is the first step's error. */
  get client() {
    this.#client ??= new Jules(this.options);
    return this.#client;
  }

  async perform(steps) {
    const results = [];
    for (const step of steps) {
      try {
        results.push({ ok: (await this.step(step)) ?? null });
      } catch (error) {
        results.push({ error: failure(error) });
      }
    }
    return results;
  }

  async step(step) {
    if (step.op === 'parallel') return Promise.all(step.with.steps.map((steps) => this.perform(steps)));
    const operation = Object.hasOwn(operations, step.op) ? operations[step.op] : undefined;
    if (operation === undefined) throw new Unsupported(`there is no operation ${step.op}`);
    const value = plain(await operation(this, this.#resolve(step.with ?? {}), step));
    if (step.as !== undefined) this.saved.set(step.as, value ?? null);
    return value;
  }

  /** Another client for the steps that follow; sessions go on with it. */
  async renew(changes) {
    await this.#client?.close();
    this.#client = undefined;
    Object.assign(this.options, changes);
    const { client } = this;
    for (const [name, handle] of this.handles) {
      if (typeof handle.archive === 'function') this.handles.set(name, client.session(handle.id));
    }
  }

  /** A second client beside the case's own, over the same store, with these options changed. */
  another(changes, step) {
    const client = new Jules({ ...this.options, ...changes });
    this.#others.push(client);
    this.keep(step, client);
  }

  /** The client that a step names, by default the case's own. */
  clientOf(step) {
    return step.on === undefined ? this.client : this.handle(step);
  }

  async close() {
    for (const client of [this.#client, ...this.#others]) await client?.close();
  }

  keep(step, handle) {
    if (step.as !== undefined) this.handles.set(step.as, handle);
  }

  opened(step, session) {
    this.keep(step, session);
    return { id: session.id };
  }

  found(step, task) {
    this.keep(step, task);
    return asJSON(task);
  }

  ended(step, outcome) {
    this.keep(step, outcome);
    return outcome;
  }

  handle({ on }) {
    const handle = this.handles.get(on);
    if (handle === undefined) throw new Unsupported(`nothing is saved as ${on}`);
    return handle;
  }

  async session(step) {
    const handle = this.handle(step);
    return typeof handle.waitFor === 'function' ? handle : handle.session();
  }

  /** Replaces `${name.path}` by what earlier steps gave. */
  #resolve(value) {
    if (Array.isArray(value)) return value.map((item) => this.#resolve(item));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#resolve(item)]));
    }
    if (typeof value !== 'string') return value;
    const whole = /^\$\{([^}]+)\}$/.exec(value);
    if (whole) return this.#lookUp(whole[1]);
    return value.replaceAll(/\$\{([^}]+)\}/g, (_, path) => String(this.#lookUp(path)));
  }

  #lookUp(path) {
    const [name, ...rest] = path.split('.');
    const found = rest.reduce((value, part) => value?.[part], this.saved.get(name));
    if (found === undefined) throw new Unsupported(`nothing is saved as ${path}`);
    return found;
  }
}

/** Iterates to the end, or leaves after `take` items. What came before an error goes with it. */
async function items(iterable, { take }) {
  const seen = [];
  if (take === 0) return seen;
  try {
    for await (const item of iterable) {
      seen.push(item);
      if (seen.length === take) break;
    }
  } catch (error) {
    if (error instanceof JulesError) itemsBefore.set(error, seen);
    throw error;
  }
  return seen;
}

const itemsBefore = new WeakMap();

/** Follows a stream and aborts it after some items, while it waits for the next. */
async function cancelStream(stage, { afterItems = 0, ...options }, step) {
  const abort = new AbortController();
  let seen = 0;
  if (afterItems === 0) setImmediate(() => abort.abort());
  try {
    const session = await stage.session(step);
    for await (const _ of session.stream({ ...options, follow: true, signal: abort.signal })) {
      seen += 1;
      if (seen === afterItems) setImmediate(() => abort.abort());
    }
    return { items: seen, cancelled: false };
  } catch (error) {
    if (error !== abort.signal.reason) throw error;
    return { items: seen, cancelled: true };
  }
}

/** Items that are the options of a run as they stand. */
function batch(stage, { items, ...options }) {
  return stage.client.all(items, (item) => item, options);
}

function settled(result) {
  return result.status === 'rejected' ? { status: 'rejected', reason: failure(result.reason) } : result;
}

/** What the plans compare of results that are iterated. */
async function* finished(results) {
  for await (const { index, outcome, error } of results) {
    yield outcome === undefined ? { index, error: failure(error) } : { index, outcome };
  }
}

/** The options of a task, with a date where a plan can only have a text. */
function taskConfig({ notBefore, ...options }) {
  return notBefore === undefined ? options : { ...options, notBefore: new Date(notBefore) };
}

/** A task as the plans have it. */
function asJSON(task) {
  const { name, ...error } = task.error?.toJSON() ?? {};
  return name === undefined ? task : { ...task, error };
}

async function* listed(tasks) {
  for await (const task of tasks) yield asJSON(task);
}

/** How a worker works; for keys, what is asked about plans. */
function workOptions({ approve, ...options }) {
  const keys = approve?.keys;
  const ask = keys && (async (task, plan) => keys.includes(task.key) && plan.steps.length > 0);
  return { ...options, approve: ask ?? approve };
}

/** What a worker brings to its end, as the plans have it. */
async function* worked(work) {
  for await (const one of work) yield done(one);
}

const done = ({ key, task, outcome, error }) => ({
  key,
  task: asJSON(task),
  ...(outcome ? { outcome } : { error: failure(error) }),
});

/** Reads a task until it is in this state; the runner bounds how long. */
async function until(queue, { key, state }) {
  for (;;) {
    const task = await queue.task(key);
    if (task.state === state) return task;
    await sleep(10);
  }
}

/** Works in a new directory with these files, whose own path must not stand in an error. */
async function inDirectory(files, work) {
  const directory = mkdtempSync(join(tmpdir(), 'jules-conformance-'));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    return await work(directory);
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replaceAll(directory, 'DIRECTORY');
    throw error;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Kinds of values with methods; the others are their JSON. */
const readers = { Activity, Outcome, SessionInfo, Snapshot };

/** Through text and back: what is read is what was written. */
function readAgain(value, { type, json }) {
  const read = (text) => (readers[type] ?? JSON).fromJSON?.(text) ?? JSON.parse(text);
  const before = value ?? read(JSON.stringify(json));
  const copy = read(JSON.stringify(before));
  deepStrictEqual(copy, before);
  deepStrictEqual(copy.changeSet?.(), before.changeSet?.());
  return copy;
}

function bashText({ activity }) {
  for (const artifact of Activity.fromJSON(activity).artifacts) {
    if (artifact.type === 'bashOutput') return String(artifact);
  }
  throw new Unsupported('it has no output');
}

function mediaText({ activity }) {
  for (const artifact of Activity.fromJSON(activity).artifacts) {
    if (artifact.type === 'media') return new TextDecoder().decode(artifact.bytes());
  }
  throw new Unsupported('it has no media');
}

/** The whole new content of an outcome's or a snapshot's files. */
async function filesMade(handle, directory) {
  if (typeof handle.generatedFilesIn === 'function') return (await handle.generatedFilesIn(directory)).all();
  return (await handle.changeSet()?.generatedFiles({ directory }))?.all() ?? [];
}

/** What is in a directory, from path to text. */
function filesIn(directory) {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = entries.map(({ parentPath, name }) => join(parentPath, name)).sort();
  return Object.fromEntries(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path, 'utf8')]));
}

async function control(stage, { method = 'GET', path, body }) {
  const request = { method, headers: { 'content-type': 'application/json' } };
  const answer = await fetch(new URL(path, stage.options.baseUrl), {
    ...request,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Unsupported(`control ${path}: ${answer.status} ${text}`);
  return text === '' ? null : JSON.parse(text);
}

/** The operations, by the name they have in a plan. */
const operations = {
  'session.create': async (stage, config, step) => stage.opened(step, await stage.clientOf(step).session(config)),
  'session.open': (stage, { id }, step) => stage.opened(step, stage.clientOf(step).session(id)),
  run: async (stage, config, step) => stage.ended(step, await stage.clientOf(step).run(config)),
  'run.start': (stage, config, step) => stage.keep(step, stage.clientOf(step).run(config)),
  'run.outcome': async (stage, _, step) => stage.ended(step, await stage.handle(step)),
  'run.session': async (stage, _, step) => stage.opened(step, await stage.handle(step).session()),
  'run.stream': (stage, options, step) => items(stage.handle(step).stream(options), step),
  stream: async (stage, options, step) => items((await stage.session(step)).stream(options), step),
  history: async (stage, options, step) => items((await stage.session(step)).history(options), step),
  updates: async (stage, options, step) => items((await stage.session(step)).updates(options), step),
  'stream.cancel': cancelStream,
  waitFor: async (stage, { state, states, ...options }, step) =>
    (await stage.session(step)).waitFor(states ?? state, options),
  // surface: acts Session
  approve: async (stage, _, step) => (await stage.session(step)).approve(),
  send: async (stage, { text }, step) => (await stage.session(step)).send(text),
  archive: async (stage, _, step) => (await stage.session(step)).archive(),
  stop: async (stage, _, step) => (await stage.session(step)).stop(),
  unarchive: async (stage, _, step) => (await stage.session(step)).unarchive(),
  delete: async (stage, _, step) => (await stage.session(step)).delete(),
  // surface: end
  ask: async (stage, { text, ...options }, step) => (await stage.session(step)).ask(text, options),
  info: async (stage, options, step) => (await stage.session(step)).info(options),
  result: async (stage, options, step) => stage.ended(step, await (await stage.session(step)).result(options)),
  completed: (stage, _, step) => stage.handle(step).throwIfFailed(),
  generatedFiles: (stage, { files }, step) => {
    const handle = stage.handle(step);
    if (files !== undefined) return inDirectory(files, (directory) => filesMade(handle, directory));
    return (typeof handle.generatedFiles === 'function' ? handle.generatedFiles() : handle.generatedFiles).all();
  },
  'changeSet.applyTo': (stage, { files = {} }, step) =>
    inDirectory(files, async (directory) => {
      await stage.handle(step).changeSet().applyTo(directory);
      return filesIn(directory);
    }),
  'changeSet.parsed': (stage, _, step) => stage.handle(step).changeSet()?.parsed(),
  readAgain: (stage, given, step) => readAgain(step.on && stage.handle(step), given),
  summary: (_, { activity }) => Activity.summary(activity),
  bashText: (_, given) => bashText(given),
  mediaText: (_, given) => mediaText(given),
  'activities.list': async (stage, options, step) => (await stage.session(step)).activities.list(options),
  'activities.get': async (stage, { id }, step) => (await stage.session(step)).activities.get(id),
  'activities.hydrate': async (stage, _, step) => (await stage.session(step)).activities.hydrate(),
  sources: (stage, options, step) => items(stage.client.sources(options), step),
  'sources.page': async (stage, options) => stage.client.sources(options),
  source: (stage, options) => stage.client.sources.get(options),
  sessions: (stage, options, step) => items(stage.client.sessions(options), step),
  all: async (stage, { items, progress, ...options }) => {
    if (progress) {
      const told = [];
      const outcomes = await batch(stage, { items, ...options, onProgress: (step) => told.push(step) });
      return { outcomes, progress: told };
    }
    const results = await batch(stage, { items, ...options });
    return options.stopOnError === false ? results.map(settled) : results;
  },
  'all.created': async (stage, given) =>
    (await batch(stage, { ...given, until: 'created' })).map((session) => ({ id: session.id })),
  'all.iterate': (stage, given, step) => items(finished(batch(stage, given)), step),
  'sessions.page': async (stage, options) => stage.client.sessions(options),
  select: async (stage, { query }, step) =>
    step.on === undefined ? stage.client.select(query) : (await stage.session(step)).activities.select(query),
  snapshot: async (stage, options, step) =>
    stage.ended(step, await (await stage.session(step)).snapshot(options)).toJSON(),
  metrics: (stage) => stage.client.metrics(),
  recentRequests: (stage) => stage.client.recentRequests(),
  quota: (stage, _, step) => stage.clientOf(step).quota(),
  queue: (stage, { name, ...bounds }, step) => {
    const queue = stage.clientOf(step).queue(name, bounds);
    stage.keep(step, queue);
    return { name: queue.name };
  },
  'queue.add': async (stage, task, step) => stage.found(step, await stage.handle(step).add(taskConfig(task))),
  'queue.addAll': (stage, { items }, step) => stage.handle(step).addAll(items, taskConfig),
  'queue.work': (stage, options, step) => items(worked(stage.handle(step).work(workOptions(options))), step),
  'queue.finished': async (stage, options, step) => (await stage.handle(step).work(workOptions(options))).map(done),
  'queue.tasks': (stage, options, step) => items(listed(stage.handle(step).tasks(options)), step),
  'queue.waitingForPerson': (stage, _, step) => items(listed(stage.handle(step).waitingForPerson()), step),
  'queue.results': (stage, _, step) => items(listed(stage.handle(step).results()), step),
  'queue.task': async (stage, { key }, step) => stage.found(step, await stage.handle(step).task(key)),
  'queue.cancel': async (stage, { key }, step) => stage.found(step, await stage.handle(step).cancel(key)),
  'queue.until': async (stage, given, step) => stage.found(step, await until(stage.handle(step), given)),
  'queue.status': (stage, _, step) => stage.handle(step).status(),
  'queue.pause': (stage, _, step) => stage.handle(step).pause(),
  'queue.resume': (stage, _, step) => stage.handle(step).resume(),
  'snapshot.json': (stage, options, step) => stage.handle(step).toJSON(options),
  'snapshot.markdown': (stage, _, step) => stage.handle(step).toMarkdown(),
  sync: async (stage, { progress, ...options }) => {
    if (!progress) return stage.client.sync(options);
    const told = [];
    const report = await stage.client.sync({ ...options, onProgress: (step) => told.push(step) });
    return { report, progress: told };
  },
  cacheInfo: (stage) => stage.client.cacheInfo(),
  'session.cacheInfo': async (stage, _, step) => (await stage.session(step)).cacheInfo(),
  client: (stage, changes) => stage.renew(changes),
  'client.other': (stage, changes, step) => stage.another(changes, step),
  close: (stage) => stage.client.close(),
  control,
};

/** What a handle or value is as JSON. */
function plain(value) {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function failure(error) {
  if (error instanceof JulesError) {
    const { name, cause, ...fields } = error.toJSON();
    const before = itemsBefore.get(error);
    return {
      class: name,
      ...fields,
      ...(cause instanceof Error && { cause: cause.message }),
      ...(before && { items: before }),
    };
  }
  const { name, message } = error;
  if (name === 'AbortError') return { kind: 'Cancelled', class: name, message };
  return { kind: 'Unsupported', message: `${name}: ${message}` };
}

for (const plannedCase of JSON.parse(readFileSync(String(process.argv[2]), 'utf8')).cases) {
  const stage = new Stage(plannedCase);
  const results = await stage.perform(plannedCase.steps);
  await stage.close();
  process.stdout.write(`${JSON.stringify({ name: plannedCase.name, results })}\n`);
}
