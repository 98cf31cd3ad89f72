// A sync of the local cache: asks for what happens next until there is a report.

import { syncOptions } from './native/arguments';
import type { NativeClient } from './native/binding';
import { call, callNow } from './native/call';
import type { SyncOptions, SyncProgress } from './options';
import type { SyncReport } from './values/source';

/** What `src/sync.rs` tells. */
interface News {
  progress: SyncProgress[];
  report?: SyncReport;
}

/** @internal */
export async function sync(client: NativeClient, given?: SyncOptions): Promise<SyncReport> {
  const { options, signal, timeoutMs, onProgress } = syncOptions(given);
  const work = callNow(() => client.sync(options, timeoutMs));
  try {
    for (;;) {
      const { progress, report }: News = JSON.parse(await call(signal, (cancel) => work.next(cancel)));
      for (const step of progress) onProgress?.(step);
      if (report !== undefined) return report;
    }
  } finally {
    work.stop();
  }
}
