// A loop on fetch and nothing else: what polling costs at least. It asks for what is new, and survives nothing.

import { answer, nanoseconds, ready } from './common.mjs';

const task = await ready();
const rest = () => new Promise((rested) => setTimeout(rested, task.interval * 1000));

async function get(path, query) {
  const url = `${task.url}${path}?${new URLSearchParams({ pageSize: '100', prettyPrint: 'false', ...query })}`;
  const response = await fetch(url, { headers: { 'X-Goog-Api-Key': 'bench-key' } });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

/** All pages behind one another. */
async function* pages(path, query) {
  for (let pageToken; ; ) {
    const page = await get(path, pageToken ? { ...query, pageToken } : query);
    yield page;
    pageToken = page.nextPageToken;
    if (!pageToken) return;
  }
}

const tasks = {
  async stream() {
    const seen = [];
    let newest;
    for (;;) {
      const query = newest ? { filter: `create_time>"${newest}"` } : {};
      for await (const { activities = [] } of pages(`/sessions/${task.session}/activities`, query)) {
        for (const activity of activities) {
          seen.push([activity.id, nanoseconds()]);
          newest = activity.createTime;
          if (activity.sessionCompleted) return { seen };
        }
      }
      await rest();
    }
  },

  /** By light listings of all. */
  async watch() {
    const waited = new Set(task.sessions);
    for (;;) {
      for await (const { sessions = [] } of pages('/sessions', { fields: 'sessions(id,state),nextPageToken' })) {
        for (const { id, state } of sessions) if (state === 'COMPLETED' || state === 'FAILED') waited.delete(id);
      }
      if (waited.size === 0) return { finished: task.sessions.length };
      await rest();
    }
  },
};

answer((await tasks[task.task]?.()) ?? { unsupported: 'it is a loop that polls' });
