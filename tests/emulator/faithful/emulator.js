// Starts the emulator's binary for a test file and stops it afterwards.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const besideTheProject = fileURLToPath(new URL('../../../target/debug/jules-emulator', import.meta.url));

export async function startEmulator(...flags) {
  const binary = process.env.JULES_EMULATOR_BIN ?? besideTheProject;
  if (!existsSync(binary)) {
    throw new Error(`no emulator at ${binary}: run cargo build -p jules-emulator, or set JULES_EMULATOR_BIN`);
  }
  const child = spawn(binary, ['--port', '0', '--exit-with-stdin', ...flags], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const { url, control } = JSON.parse(line);
  return {
    url,
    control: async (path, options) => (await fetch(control + path, options)).json(),
    async stop() {
      child.stdin.end();
      await once(child, 'exit');
    },
  };
}
