// Runs test files with node's test runner and one emulator that they share:
//
//     node run.mjs FILE…
//
// JULES_TEST_REPORT is a file for a JUnit report, beside what is shown; JULES_TEST_SECONDS what a file may take (default
// 120, and half an hour where JULES_LONG is set).
import { spawn } from 'node:child_process';
import { startEmulator } from './emulator.mjs';

const emulator = await startEmulator();
const { JULES_TEST_REPORT: report, JULES_TEST_SECONDS: given, ...rest } = process.env;
const seconds = given ?? (rest.JULES_LONG ? '1800' : '120');
const env = { ...rest, JULES_TEST_EMULATOR: emulator.url };
const reporters = [['spec', 'stdout'], ...(report ? [['junit', report]] : [])].flatMap(([name, to]) => [
  `--test-reporter=${name}`,
  `--test-reporter-destination=${to}`,
]);
const runner = spawn(
  process.execPath,
  // More files at once than there are processors: most tests wait.
  ['--test', '--test-concurrency=4', `--test-timeout=${seconds}000`, ...reporters, ...process.argv.slice(2)],
  {
    stdio: 'inherit',
    env,
  },
);
runner.on('exit', (code, signal) => {
  emulator.stop();
  process.exitCode = code ?? (signal ? 1 : 0);
});
