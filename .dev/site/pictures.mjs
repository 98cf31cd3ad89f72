// Looks at the built site in Chromium, as a phone and a desk show it, light and dark: takes pictures, and fails where a
// page is wider than the screen, fetches something from elsewhere, or does not do what it should.
// Usage: pictures.mjs SITE PICTURES     JULES_TEST_REPORT: a file for the count
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { inPage } from '../../bindings-node/test/chromium.mjs';

const [site, pictures] = process.argv.slice(2);
const TYPES = {
  '.html': 'text/html',
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
};
const SCREENS = { phone: { width: 390, height: 844, mobile: true }, desk: { width: 1280, height: 900, mobile: false } };
const SHOWN = [
  'index',
  'first-session',
  'limits',
  'how-it-works',
  'network',
  'python/guide',
  'node/index',
  'core/query',
];

const server = createServer(async (request, response) => {
  const path = decodeURIComponent(new URL(String(request.url), 'http://site').pathname);
  try {
    const body = await readFile(join(site, path.endsWith('/') ? `${path}index.html` : path));
    response
      .writeHead(200, { 'content-type': TYPES[extname(path) || '.html'] ?? 'application/octet-stream' })
      .end(body);
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
const origin = `http://127.0.0.1:${server.address().port}`;

const files = await readdir(site, { recursive: true });
const pages = files
  .filter((name) => name.endsWith('.html') && !name.startsWith('reference/'))
  .map((name) => name.slice(0, -5));
await rm(pictures, { recursive: true, force: true });
await mkdir(pictures, { recursive: true });

const report = { passed: 0, failed: [] };
const foreign = [];
let loaded = () => {};

function heard(method, params) {
  if (method === 'Page.loadEventFired') loaded();
  const { url = '' } = params?.request ?? {};
  if (method === 'Network.requestWillBeSent' && !url.startsWith(origin) && !url.startsWith('data:')) foreign.push(url);
}

async function check(name, look) {
  try {
    await look();
    report.passed += 1;
  } catch (error) {
    report.failed.push(name);
    console.error(`${name}: ${error.message}`);
  }
}

async function look(ask) {
  const evaluate = async (expression) => {
    const { result, exceptionDetails } = await ask('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    assert.ok(!exceptionDetails, JSON.stringify(exceptionDetails));
    return result.value;
  };
  const open = async (page) => {
    const ready = new Promise((resolve) => {
      loaded = () => resolve(undefined);
    });
    const late = new Promise((_, reject) =>
      setTimeout(() => reject(new Error('not loaded within 60 s')), 60_000).unref(),
    );
    const { errorText } = await ask('Page.navigate', { url: `${origin}/${page}.html` });
    assert.equal(errorText, undefined);
    await Promise.race([ready, late]);
  };
  const shownOn = async (screen, scheme) => {
    await ask('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: scheme }] });
    await ask('Emulation.setDeviceMetricsOverride', { ...SCREENS[screen], deviceScaleFactor: 1 });
  };
  // Waits for an expression to hold: what the theme does upon a click is done a little later.
  const becomes = (expression) =>
    evaluate(`new Promise((resolve, reject) => {
      const look = () => (${expression}) ? resolve() : requestAnimationFrame(look);
      setTimeout(() => reject(${JSON.stringify(`not within 20 s: ${expression}`)}), 20_000);
      look();
    })`);
  await ask('Page.enable');
  await ask('Network.enable');

  for (const page of pages) {
    await check(`${page} opens`, () => open(page));
    for (const screen of Object.keys(SCREENS)) {
      await check(`${page} fits a ${screen}`, async () => {
        await shownOn(screen, 'light');
        await becomes('document.documentElement.scrollWidth <= innerWidth');
      });
      for (const scheme of SHOWN.includes(page) ? ['light', 'dark'] : []) {
        await check(`${page} is ${scheme} on a ${screen}`, async () => {
          await shownOn(screen, scheme);
          const red = 'Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])';
          await becomes(scheme === 'dark' ? `${red} < 80` : `${red} > 200`);
          const height = Math.min(await evaluate('document.documentElement.scrollHeight'), 2400);
          const clip = { x: 0, y: 0, width: SCREENS[screen].width, height, scale: 1 };
          const { data } = await ask('Page.captureScreenshot', { clip, captureBeyondViewport: true });
          await writeFile(join(pictures, `${page.replace('/', '-')}-${screen}-${scheme}.png`), data, 'base64');
        });
      }
    }
  }

  await check('a language is chosen once for all programs', async () => {
    await shownOn('desk', 'light');
    await open('first-session');
    await evaluate(
      `[...document.querySelectorAll('.tabbed-labels label')].find((each) => each.innerText === 'Swift').click()`,
    );
    await becomes(`[...document.querySelectorAll('.tabbed-block')].every(
      (block) => Boolean(block.offsetParent) === Boolean(block.querySelector('.language-swift')))`);
  });

  await check('the search finds a word', async () => {
    await open('index');
    await evaluate(`document.querySelector('label[for=__search]').click()`);
    await ask('Input.insertText', { text: 'NO_PROXY' });
    await becomes(`document.querySelector('.md-search-result__link')`);
  });
}

await check('the browser stays to the end', () => inPage(look, heard));
await check('nothing is fetched from elsewhere', async () => assert.deepEqual([...new Set(foreign)], []));

server.close();
if (process.env.JULES_TEST_REPORT) await writeFile(process.env.JULES_TEST_REPORT, JSON.stringify(report));
console.log(`pictures: ${report.passed} passed, ${report.failed.length} failed; in ${pictures}`);
process.exitCode = report.failed.length > 0 ? 1 : 0;
