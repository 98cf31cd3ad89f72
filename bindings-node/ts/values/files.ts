// The files that a session made or changed, with the methods to find one.

import type { ChangeType } from './artifact';
import type { GeneratedFile, GeneratedFiles } from './outcome';
import { methods } from './prototype';

/** What is behind the methods: shown when it is printed. */
interface Files {
  readonly files: readonly GeneratedFile[];
}

/** The files with their methods. */
export function filesOf(files: readonly GeneratedFile[]): GeneratedFiles {
  return Object.setPrototypeOf({ files } satisfies Files, filesMethods);
}

const filesMethods = methods({
  all(this: Files): GeneratedFile[] {
    return [...this.files];
  },
  get(this: Files, path: string): GeneratedFile | undefined {
    return this.files.find((file) => file.path === path);
  },
  filter(this: Files, changeType: ChangeType): GeneratedFile[] {
    return this.files.filter((file) => file.changeType === changeType);
  },
});
