// A page in the browser that shows a session live: activities go to it as server-sent events.
//
//     node progress-page/server.mjs        then open /?session=123
//
// A browser that has lost the connection says which activity it saw last, and gets what comes after it: none twice, none
// missing. Needs `JULES_API_KEY`; listens on `PORT`.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer } from 'node:http';
import { JulesError, jules } from 'jules-sdk';

/** What the page is to know of an activity. */
function shown(activity) {
  const text = activity.message ?? activity.title ?? activity.reason ?? '';
  const steps = activity.plan?.steps.map((step) => step.title) ?? [];
  return JSON.stringify({ type: activity.type, time: activity.createTime, text, steps });
}

async function sendEvents(request, response, id) {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const session = jules.session(id);
  const after = request.headers['last-event-id'];
  for await (const activity of session.stream({ after, signal: gone.signal })) {
    const taken = response.write(`id: ${activity.id}\ndata: ${shown(activity)}\n\n`);
    // A slow browser is waited for: what it hasn't taken stays on disk.
    if (!taken) await once(response, 'drain', { signal: gone.signal });
  }
  const { state, pullRequest } = await session.result({ signal: gone.signal });
  response.end(`event: end\ndata: ${JSON.stringify({ state, url: pullRequest?.url })}\n\n`);
}

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(String(request.url), 'http://page');
  if (pathname === '/') {
    response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' });
    createReadStream(new URL('page.html', import.meta.url)).pipe(response);
  } else if (pathname === '/events') {
    try {
      await sendEvents(request, response, searchParams.get('session') ?? '');
    } catch (error) {
      if (!response.destroyed) response.end(`event: trouble\ndata: ${JSON.stringify(String(error))}\n\n`);
      if (!(error instanceof JulesError) && !response.destroyed) throw error;
    }
  } else response.writeHead(404).end();
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${/** @type {any} */ (server.address()).port}`);
});
