// A place for one test file, in which packages are installed and run, and what the guide tells to do with them.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { url } from '../../../bindings-node/test/emulator.mjs';

export const binding = fileURLToPath(new URL('../../../bindings-node', import.meta.url));
export const emulator = fileURLToPath(new URL('../../emulator/npm', import.meta.url));
export const folder = mkdtempSync(join(tmpdir(), 'jules-install-'));
// For other users too, who a test may become.
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

/** Of programs here: their client finds the emulator, and no variable of ours finds the package's program. */
const { JULES_EMULATOR_BIN, ...outer } = process.env;
export const emulatorProgram = String(JULES_EMULATOR_BIN);
export const env = { ...outer, JULES_API_KEY: 'any', JULES_BASE_URL: url, JULES_CACHE_DIR: join(folder, 'cache') };

/** Runs a command to its end; gives what it said, also in the error that it ends with. */
export function run(command, arguments_, cwd, more = {}) {
  const options = { cwd, env: { ...env, ...more }, maxBuffer: 1 << 26 };
  try {
    return execFileSync(command, arguments_, {
      ...options,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch (error) {
    const { stdout, stderr } = /** @type {{ stdout: string, stderr: string }} */ (error);
    throw new Error(`${command} ${arguments_.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** An empty project that has these packages installed. */
export function install(name, ...packages) {
  const home = join(folder, name);
  mkdirSync(home);
  run('npm', ['init', '--yes', '--silent'], home);
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--silent', ...packages], home);
  return home;
}

/** Copies one of our programs to a folder. */
export function copyProgram(name, home) {
  cpSync(fileURLToPath(new URL(`projects/${name}`, import.meta.url)), home, { recursive: true });
}

/** What our programs print. */
export const expected = /^completed https:\/\/github\.com\/octocat\/hello-world\/pull\/\d+ true$/;

/**
 * The recipe below a heading of a page: its files by their paths, which the first line of each names in a comment, and its
 * commands.
 *
 * @returns {{ files: Record<string, string>, commands: string[] }}
 */
export function recipe(heading, page = 'GUIDE.md') {
  const [, text] = readFileSync(join(binding, page), 'utf8').split(new RegExp(`^#{2,3} ${heading}$`, 'm'));
  if (text === undefined) throw new Error(`${page} has no heading ${heading}`);
  const [section = ''] = text.split(/^#{2,3} /m);
  const blocks = [...section.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, code = '']) => ({
    language,
    code,
  }));
  const files = blocks.flatMap(({ code }) => {
    const [, path] = /^\/\/ (\S+\.\w+)\n/.exec(code) ?? [];
    return path === undefined ? [] : [[path, code]];
  });
  return {
    files: Object.fromEntries(files),
    commands: blocks.filter(({ language }) => language === 'sh').map(({ code }) => code.trim()),
  };
}
