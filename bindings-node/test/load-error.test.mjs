// Why the addon can't be loaded is told by its cause. The errors are those that Node, Bun, Deno and the C libraries give.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import { platformOf } from '../scripts/platform.mjs';

// Inner modules, which the package doesn't export.
const inner = createRequire(import.meta.url);
const { explain } = inner('../dist/native/load-error.js');
const { platformsOf, factsOf } = inner('../dist/native/platform.js');

const GNU = 'linux-x64-gnu';
const MUSL = 'linux-x64-musl';
const FACTS = {
  system: 'linux',
  arch: 'x64',
  runtime: 'node',
  node: 20,
  libc: 'glibc',
  glibc: '2.31',
  bundled: false,
  noAddons: false,
  permission: false,
};

const failure = (message, code) => Object.assign(new Error(message), code && { code });
const missing = (platform) =>
  failure(`Cannot find module 'jules-sdk-${platform}'\nRequire stack:\n- /a/b.js`, 'MODULE_NOT_FOUND');
const dlopen = (message) => failure(message, 'ERR_DLOPEN_FAILED');

/** The message, on Linux with glibc where nothing else is said. */
function told(error, facts = {}, others = [{ platform: MUSL, error: missing(MUSL) }]) {
  const { message, cause } = explain([{ platform: GNU, error }, ...others], { ...FACTS, ...facts });
  assert.equal(cause, error);
  assert.doesNotMatch(message, /musl/, 'on glibc nobody needs the package for musl');
  return message;
}

describe('the error of an addon that can’t be loaded', () => {
  const causes = [
    ['not installed', missing(GNU), {}, /the package jules-sdk-linux-x64-gnu is not installed.*--omit=optional/],
    [
      'not installed, in Bun',
      failure("Cannot find package 'jules-sdk-linux-x64-gnu' from '/app/node_modules/jules-sdk/dist/native/addon.js'"),
      { runtime: 'bun' },
      /is not installed/,
    ],
    [
      'installed without its file',
      failure(
        'Cannot find module \'/app/node_modules/jules-sdk-linux-x64-gnu/jules.linux-x64-gnu.node\'. Please verify that the package.json has a valid "main" entry',
        'MODULE_NOT_FOUND',
      ),
      {},
      /jules-sdk-linux-x64-gnu is incomplete: .*Delete node_modules and install again/,
    ],
    ['cut short', dlopen('/app/jules.linux-x64-gnu.node: file too short'), {}, /is damaged.*file too short.*Delete/],
    [
      'of another machine',
      dlopen('/app/jules.node: wrong ELF class: ELFCLASS32'),
      {},
      /damaged or for another platform/,
    ],
    [
      'glibc too old',
      dlopen(
        "/lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.34' not found (required by /app/jules.linux-x64-gnu.node)",
      ),
      {},
      /needs glibc 2\.34 or newer, and this system has glibc 2\.31\. Use a newer/,
    ],
    [
      'Node too old',
      dlopen('/app/jules.linux-x64-gnu.node: undefined symbol: node_api_symbol_for'),
      { node: 16 },
      /Node 16 is too old, 20 or newer is needed \(.*undefined symbol/,
    ],
    [
      'of a newer Node than is known',
      dlopen('/app/jules.linux-x64-gnu.node: undefined symbol: napi_create_object'),
      { node: 30 },
      /undefined symbol.*report it/,
    ],
    [
      'may not be read',
      dlopen('/app/jules.node: cannot open shared object file: Permission denied'),
      {},
      /the file of jules-sdk-linux-x64-gnu may not be read or loaded \(.*Permission denied\)\. Allow it/,
    ],
    [
      'on a file system without execution',
      dlopen('/app/jules.node: failed to map segment from shared object: Operation not permitted'),
      {},
      /noexec/,
    ],
    [
      '--no-addons',
      failure('Cannot load native addon because loading addons is disabled.', 'ERR_DLOPEN_DISABLED'),
      { noAddons: true, permission: true },
      /started with --no-addons\. Leave it out/,
    ],
    [
      'the permission model',
      failure('Cannot load native addon because loading addons is disabled.', 'ERR_DLOPEN_DISABLED'),
      { permission: true },
      /permission model forbids native addons\. Add --allow-addons/,
    ],
    [
      'the permission to read',
      failure('Access to this API has been restricted', 'ERR_ACCESS_DENIED'),
      { permission: true },
      /forbids reading jules-sdk-linux-x64-gnu\. Add .*--allow-fs-read/,
    ],
    [
      'Deno',
      failure('Requires ffi access to "/app/jules.linux-x64-gnu.node", run again with the --allow-ffi flag'),
      { runtime: 'deno', libc: undefined },
      /Deno refused: .*Run it with --allow-ffi/,
    ],
    [
      'bundled away',
      missing(GNU),
      { bundled: true },
      /was bundled, and the addon of jules-sdk-linux-x64-gnu is not beside the bundle.*external/,
    ],
    [
      'bundled, and the addon left behind',
      failure("Cannot find module './jules.linux-x64-gnu-ABC.node'", 'MODULE_NOT_FOUND'),
      { bundled: true },
      /not beside the bundle \(Cannot find module '\.\/jules/,
    ],
    [
      "bundled with webpack's loader, and the addon left behind",
      failure('node-loader:\nError: /app/out/01.node: cannot open shared object file: No such file or directory'),
      { bundled: true },
      /not beside the bundle \(\/app\/out\/01\.node: cannot open shared object file/,
    ],
    [
      'bundled without require',
      failure('Dynamic require of "./jules.linux-x64-gnu-ABC.node" is not supported'),
      { bundled: true },
      /the bundle has no require.*"Bundlers" in its GUIDE/,
    ],
    [
      'none that is known',
      dlopen('something new.'),
      {},
      /for linux-x64-gnu: something new\. Delete node_modules.*report it: https/,
    ],
  ];
  for (const [name, error, facts, expected] of causes) {
    test(`names the cause: ${name}`, () => assert.match(told(error, facts), expected));
  }

  test('on musl is about the package for musl, and says that the other one is there', () => {
    const attempts = [
      { platform: GNU, error: dlopen('Error loading shared library ld-linux-x86-64.so.2: No such file or directory') },
      { platform: MUSL, error: missing(MUSL) },
    ];
    const { message } = explain(attempts, { ...FACTS, libc: 'musl', glibc: undefined });
    assert.match(message, /jules-sdk-linux-x64-musl is not installed, but jules-sdk-linux-x64-gnu is/);
  });

  test('on glibc says that the package for musl is there', () => {
    const error = dlopen('libc.musl-x86_64.so.1: cannot open shared object file: No such file or directory');
    const attempts = [
      { platform: GNU, error: missing(GNU) },
      { platform: MUSL, error },
    ];
    const { message } = explain(attempts, FACTS);
    assert.match(
      message,
      /jules-sdk-linux-x64-gnu is not installed, but jules-sdk-linux-x64-musl is.*another C library/,
    );
  });

  test('is about the package that is there, where the C library isn’t known', () => {
    const error = dlopen('/app/jules.linux-x64-musl.node: file too short');
    const attempts = [
      { platform: GNU, error: missing(GNU) },
      { platform: MUSL, error },
    ];
    const { message, cause } = explain(attempts, { ...FACTS, libc: undefined, glibc: undefined });
    assert.match(message, /for linux-x64-musl: the file of jules-sdk-linux-x64-musl is damaged/);
    assert.equal(cause, error);
  });

  test('names the platforms, where there is none for this one', () => {
    const { message, cause } = explain([], { ...FACTS, system: 'freebsd', libc: undefined });
    assert.match(message, /no native addon for freebsd-x64\. There is one for linux .*darwin .*win32/);
    assert.equal(cause, undefined);
  });

  test('tells what was thrown even if it is no error', () => {
    assert.match(told('out of memory'), /for linux-x64-gnu: out of memory\. /);
  });
});

test('each platform of a release has its own literal in the loader, and is asked for where it runs', () => {
  const { napi } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const platforms = napi.targets.map(platformOf);
  const loader = readFileSync(new URL('../dist/native/addon.js', import.meta.url), 'utf8');
  const literals = [...loader.matchAll(/case '([\w-]+)':\s+return require\('jules-sdk-([\w-]+)'\)/g)];
  for (const [, platform, required] of literals) assert.equal(platform, required);
  assert.deepEqual(literals.map(([, platform]) => platform).sort(), platforms.sort());
  assert.doesNotMatch(loader, /require\([^'"]/);
  const asked = ['linux', 'darwin', 'win32'].flatMap((platform) =>
    ['x64', 'arm64'].flatMap((arch) => platformsOf({ platform, arch })),
  );
  assert.deepEqual(asked.sort(), platforms);
});

test('the facts are those of this process', () => {
  const { libc, glibc, ...facts } = factsOf(process);
  const { platform: system, arch } = process;
  const node = Number(process.versions.node.split('.')[0]);
  assert.deepEqual(facts, { system, arch, runtime: 'node', node, bundled: false, noAddons: false, permission: false });
  if (system === 'linux') assert.equal(libc, typeof glibc === 'string' ? 'glibc' : 'musl');
  assert.equal(factsOf({ ...process, versions: { node: '22', bun: '1.4' } }).runtime, 'bun');
  assert.ok(factsOf({ ...process, env: { NODE_OPTIONS: '--inspect --no-addons' } }).noAddons);
});
