// The environment as JavaScript has it: `process.env`, which a `.env` file, a test or another runtime may have changed without
// the process's own environment knowing of it. The addon looks nowhere else.

import { addon } from './addon';

/** Besides what all languages look up: more certificates, as Node's own clients take them. */
const OWN = ['NODE_EXTRA_CA_CERTS'];

let names: readonly string[] | undefined;

/** The variables that the addon asks for, those that are set. */
export function environment(): Record<string, string> {
  names ??= [...addon().environmentVariables(), ...OWN];
  const found: Record<string, string> = {};
  for (const name of names) {
    const value = read(name);
    if (value !== undefined) found[name] = value;
  }
  return found;
}

/** Deno asks for each variable, and throws where it isn't allowed. */
function read(name: string): string | undefined {
  try {
    return process.env[name];
  } catch {
    return undefined;
  }
}
