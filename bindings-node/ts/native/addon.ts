// Loads the addon from the package of its platform. Each package stands here as a literal, for `require('name')` is all
// that a bundler or a tracer follows; in a `try`, so that it passes over the ones that aren't installed.

import type * as Binding from './binding';
import { type Attempt, explain } from './load-error';
import { factsOf, platformsOf } from './platform';

function load(): typeof Binding {
  const attempts: Attempt[] = [];
  for (const platform of platformsOf(process)) {
    try {
      switch (platform) {
        case 'linux-x64-gnu':
          return require('jules-sdk-linux-x64-gnu');
        case 'linux-arm64-gnu':
          return require('jules-sdk-linux-arm64-gnu');
        case 'linux-x64-musl':
          return require('jules-sdk-linux-x64-musl');
        case 'linux-arm64-musl':
          return require('jules-sdk-linux-arm64-musl');
        case 'darwin-x64':
          return require('jules-sdk-darwin-x64');
        case 'darwin-arm64':
          return require('jules-sdk-darwin-arm64');
        case 'win32-x64-msvc':
          return require('jules-sdk-win32-x64-msvc');
        case 'win32-arm64-msvc':
          return require('jules-sdk-win32-arm64-msvc');
      }
    } catch (error) {
      attempts.push({ platform, error });
    }
  }
  const { message, cause } = explain(attempts, factsOf(process));
  throw new Error(message, cause === undefined ? undefined : { cause });
}

let loaded: typeof Binding | undefined;

/**
 * The addon's exports. It is loaded when something of it is first needed: a program that only imports this package, for its
 * types or its errors, or that may use it later, pays nothing for it.
 */
export function addon(): typeof Binding {
  loaded ??= load();
  return loaded;
}
