// An outcome is not a session. Programs that come from the official SDK, whose `all` gives sessions, may take it for one.

const OF_A_SESSION: ReadonlySet<PropertyKey> = new Set([
  ...['stream', 'history', 'updates', 'result', 'waitFor', 'send', 'ask', 'approve', 'info', 'snapshot'],
]);

let warned = false;

/**
 * Behind an outcome's own methods: what a session has is absent, by `typeof` and `in`, so that the outcome isn't taken for
 * a session. The first time that it is looked for, a warning says what to do; an error could only be thrown to those who look.
 */
export const noSession: object = new Proxy(
  {},
  {
    get(target, name, receiver): unknown {
      if (OF_A_SESSION.has(name)) warn(String(name));
      return Reflect.get(target, name, receiver);
    },
  },
);

function warn(name: string): void {
  if (warned) return;
  warned = true;
  process.emitWarning(
    `outcome.${name}: this is an outcome, not a session: its session has ended. ` +
      `jules.session(outcome.sessionId).${name}(…) calls it; jules.all(items, map, { until: 'created' }) and ` +
      'jules.session({ prompt }) give sessions.',
    { type: 'JulesWarning', code: 'JULES_OUTCOME_AS_SESSION' },
  );
}
