// Takes the marks of private fields out of the declarations. With them a class is only compatible with itself, and nobody could
// write a fake of a client for their tests; what is behind them is nobody's business either way.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const dist = join(import.meta.dirname, '..', 'dist');
for (const file of readdirSync(dist, { recursive: true })) {
  if (!/\.d\.m?ts$/.test(file)) continue;
  const path = join(dist, file);
  const text = readFileSync(path, 'utf8');
  const open = text.replace(/^ *#private;\n/gm, '');
  if (open !== text) writeFileSync(path, open);
}
