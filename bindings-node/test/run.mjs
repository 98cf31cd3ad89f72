// Runs test files with node's test runner and one emulator that they share:
//
//     node run.mjs FILE…
import { spawn } from 'node:child_process';
import { startEmulator } from './emulator.mjs';

const emulator = await startEmulator();
const env = { ...process.env, JULES_TEST_EMULATOR: emulator.url };
const runner = spawn(
  process.execPath,
  // More files at once than there are processors: most tests wait.
  ['--test', '--test-concurrency=4', '--test-reporter=spec', '--test-timeout=120000', ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env,
  },
);
runner.on('exit', (code, signal) => {
  emulator.stop();
  process.exitCode = code ?? (signal ? 1 : 0);
});
