// As much of Slack as the bot needs: it posts messages, and knows which requests come from Slack.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** Older requests may have been recorded by somebody. */
const FIVE_MINUTES = 300;

export class Slack {
  #url;
  #token;
  #secret;

  /** @param {{ url?: string, token: string, secret: string }} options */
  constructor({ url = 'https://slack.com/api/', token, secret }) {
    this.#url = url;
    this.#token = token;
    this.#secret = secret;
  }

  /**
   * Posts a message, with a button for each action.
   *
   * @param {string} channel
   * @param {string} text
   * @param {{ id: string, label: string, value: string }[]} [actions]
   */
  async post(channel, text, actions = []) {
    const section = { type: 'section', text: { type: 'mrkdwn', text } };
    const elements = actions.map(({ id, label, value }) => ({
      type: 'button',
      action_id: id,
      value,
      text: { type: 'plain_text', text: label },
    }));
    const blocks = elements.length ? [section, { type: 'actions', elements }] : [section];
    const answer = await fetch(new URL('chat.postMessage', this.#url), {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ channel, text, blocks }),
    });
    const { ok, error } = /** @type {any} */ (await answer.json());
    if (!ok) throw new Error(`Slack did not take the message: ${error}`);
  }

  /**
   * Whether Slack has sent this body, and just now.
   *
   * @param {import('node:http').IncomingHttpHeaders} headers
   * @param {string} body
   */
  hasSent(headers, body) {
    const time = String(headers['x-slack-request-timestamp']);
    if (!(Math.abs(Date.now() / 1000 - Number(time)) < FIVE_MINUTES)) return false;
    const expected = `v0=${createHmac('sha256', this.#secret).update(`v0:${time}:${body}`).digest('hex')}`;
    const given = Buffer.from(String(headers['x-slack-signature']));
    return given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
  }
}
