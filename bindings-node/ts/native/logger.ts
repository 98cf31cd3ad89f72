// The log lines of a client on their way to the user's logger; the other end of `src/logger.rs`.

import type { LogFields, Logger } from '../options';

interface Line {
  level: 'debug' | 'info' | 'warn' | 'error';
  target: string;
  message: string;
  fields: Record<string, string | number | boolean>;
}

/** Reads lines and passes them on. */
export function linesTo(logger: Logger): (line: string) => void {
  return (text) => {
    const { level, target, message, fields } = JSON.parse(text) as Line;
    const known: LogFields = { target, ...fields };
    logger[level](message, known);
  };
}
