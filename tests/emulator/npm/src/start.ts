// Starts the emulator for tests. It ends with `stop`, else with the process that started it, which it doesn't keep alive.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { type Emulator, emulatorAt } from './address';
import { binary, refused } from './binary';

type Program = ChildProcessByStdio<Writable, Readable, Readable>;

/** How an emulator is started. */
export interface EmulatorOptions {
  /** The agent's pauses are divided by this. Default: 50. */
  readonly speed?: number;
  /**
   * Scenarios, each a YAML file or the name of a shipped one; sessions that name none play the first. Default: `approval`
   * for sessions that need it, `repoless` for those without a source, else `happy`.
   */
  readonly scenario?: string | readonly string[];
  /** The same ids and the same chance every time. Default: other ones each time. */
  readonly seed?: number;
  /** Further flags of the program, such as `['--concurrent', '3']`. */
  readonly flags?: readonly string[];
}

/** An emulator that was started here. */
export interface StartedEmulator extends Emulator {
  /** Its process. */
  readonly pid: number;
  /**
   * The environment of a program whose clients shall find it: `JULES_API_KEY`, `JULES_BASE_URL`, and `JULES_CACHE_DIR`, a
   * temporary directory.
   */
  readonly env: Readonly<Record<'JULES_API_KEY' | 'JULES_BASE_URL' | 'JULES_CACHE_DIR', string>>;
  /** Ends it and removes its directory. It can be called twice. */
  stop(): Promise<void>;
  /** The same, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts an emulator on a free port of 127.0.0.1, and waits until it is ready.
 *
 * ```js
 * import { after, test } from 'node:test';
 * import { startEmulator } from 'jules-emulator';
 *
 * const emulator = await startEmulator({ scenario: 'quick' });
 * after(() => emulator.stop());
 * ```
 */
export async function startEmulator(options: EmulatorOptions = {}): Promise<StartedEmulator> {
  const program = binary();
  const child = spawn(program, ['--exit-with-stdin', ...flagsOf(options)], { stdio: ['pipe', 'pipe', 'pipe'] });
  const { url, pid } = await ready(program, child);
  child.stderr.pipe(process.stderr);
  // It must not keep a process alive whose tests are done.
  for (const handle of [child, child.stdin, child.stdout, child.stderr] as { unref?: () => void }[]) handle.unref?.();
  const directory = mkdtempSync(join(tmpdir(), 'jules-emulator-'));
  const remove = () => rmSync(directory, { recursive: true, force: true });
  process.once('exit', remove);
  const ended = once(child, 'exit');
  const stop = async () => {
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null) {
      child.ref();
      await ended;
    }
    process.off('exit', remove);
    remove();
  };
  const env = { JULES_API_KEY: 'any', JULES_BASE_URL: url, JULES_CACHE_DIR: directory };
  return { ...emulatorAt(url), pid, env, stop, [Symbol.asyncDispose]: stop };
}

function flagsOf({ speed = 50, scenario = [], seed, flags = [] }: EmulatorOptions): string[] {
  const scenarios = ([] as string[]).concat(scenario);
  return [
    `--speed=${speed}`,
    ...scenarios.map((one) => `--scenario=${one}`),
    ...(seed === undefined ? [] : [`--seed=${seed}`]),
    ...flags,
  ];
}

/** Waits for its first line, or for its end and what it says of that. */
async function ready(program: string, child: Program): Promise<{ url: string; pid: number }> {
  let said = '';
  const listen = (text: unknown) => {
    said += text;
  };
  child.stderr.on('data', listen);
  const lines = createInterface(child.stdout);
  const [line] = await Promise.race([
    once(lines, 'line'),
    once(child, 'close').then(([code]) => {
      throw new Error(`jules-emulator ended with code ${code} before it was ready. ${said.trim()}`);
    }),
  ]).catch((error: NodeJS.ErrnoException) => {
    throw error.syscall === undefined ? error : refused(program, error);
  });
  lines.close();
  child.stderr.off('data', listen);
  return JSON.parse(line);
}
