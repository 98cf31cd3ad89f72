// How the examples are tested: as programs, with an emulator as the service.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** Runs an example, or Node with these arguments, to its end. */
export async function run(env, ...args) {
  const options = {
    cwd: fileURLToPath(new URL('.', import.meta.url)),
    timeout: 60_000,
    env: { ...process.env, ...env },
  };
  const ran = promisify(execFile)(process.execPath, args, options);
  const { stdout, stderr, code } = await ran.then(
    (output) => ({ ...output, code: 0 }),
    (error) => error,
  );
  return { stdout, stderr, code };
}

/** Starts an example that serves; gives its first line's last word, where it listens. */
export async function serve(t, env, program) {
  const child = spawn(process.execPath, [fileURLToPath(new URL(program, import.meta.url))], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', ...env },
  });
  t.after(() => child.kill());
  const [line] = await once(child.stdout, 'data');
  return String(line).trim().split(' ').at(-1);
}

/** Waits until `look` gives something true; fails with `what` after ten seconds. */
export async function eventually(what, look) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const seen = look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
