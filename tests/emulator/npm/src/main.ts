#!/usr/bin/env node
// The command `jules-emulator`: the platform's program, with this one's arguments, streams, signals and exit code.

import { spawn } from 'node:child_process';
import { binary, refused } from './binary';

function fail(error: unknown): void {
  process.stderr.write(`jules-emulator: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

try {
  const program = binary();
  const child = spawn(program, process.argv.slice(2), { stdio: 'inherit' });
  // Who ends this program means that one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(refused(program, error)));
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? 1;
    if (signal !== null) fail(new Error(`ended by ${signal}`));
  });
} catch (error) {
  fail(error);
}
