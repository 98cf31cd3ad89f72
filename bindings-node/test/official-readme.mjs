// What the snippets of the official README need besides another import line, in its order: what they leave to the reader
// (`before`), what is no program there or is another here (`edits`, each with its reason), and what they print here.

const session = `const session = await jules.session({
  prompt: '[scenario:happy] Greet people by name', source: { github: 'user/repo' }, requireApproval: false });\n`;

/** @type {{ about: string, before?: string, edits?: { from: string, to: string, why: string }[], prints: RegExp }[]} */
export const snippets = [
  { about: 'send work to a session', prints: /^$/ },
  {
    about: 'monitor agent progress',
    before: `const run = jules.run({ prompt: '[scenario:happy] Fix it', source: { github: 'user/repo' } });
const { id } = await run.session();\n`,
    edits: [
      { from: "'<session-id>'", to: 'id', why: 'a placeholder' },
      {
        from: "if (artifact.type === 'changeSet')",
        to: "for (const artifact of activity.artifacts) if (artifact.type === 'changeSet')",
        why: 'artifact is not defined there',
      },
    ],
    prints: /\d+ steps\.\n[\s\S]*\+\d+ -\d+\n[\s\S]*Session finished successfully\.\nPR: https:/,
  },
  {
    about: 'run cloud functions',
    before: "const sql = async () => [{ title: 'Delivery' }, { title: 'Returns' }];\n",
    edits: [
      { from: "import { sql } from 'drizzle-orm';\n", to: '', why: 'a database that isn’t here' },
      {
        from: 'prompt: `You',
        to: 'requireApproval: false, prompt: `[scenario:repoless] You',
        why: 'nobody approves the plan',
      },
    ],
    prints: /\S/,
  },
  {
    about: 'interactive sessions',
    edits: [{ from: "prompt: '", to: "prompt: '[scenario:demo] ", why: 'the emulator’s agent needs to be told' }],
    prints:
      /Session created: \d+\nPlan is ready\. Approving it now\.\n\[AGENT\] .*\nSession finished with state: completed/,
  },
  { about: 'a fleet of sessions', prints: /^Created 3 sessions\.\n$/ },
  {
    about: 'a fleet, with more control',
    before: "const [largeList, mapFn] = [['Fix login bug', 'Update README'], (prompt) => ({ prompt })];\n",
    prints: /^$/,
  },
  { about: 'query the local knowledge base', prints: /^$/ },
  {
    about: 'reactive streams',
    before: session,
    prints: /Plan: \[[\s\S]*Agent says: [\s\S]*Session complete!/,
  },
  {
    about: 'code diffs and media artifacts',
    before: `${session}const activities = [];
for await (const one of session.stream()) activities.push(one);
const activity = activities.find(({ artifacts }) => artifacts.some(({ type }) => type === 'changeSet'));\n`,
    prints: /: \+\d+ -\d+\n/,
  },
  {
    about: 'configuration',
    edits: [
      {
        from: 'const customJules = jules.with({\n  pollingIntervalMs',
        to: 'const patient = jules.with({\n  pollingIntervalMs',
        why: 'the same name is declared twice there',
      },
      { from: 'timeout:', to: 'requestTimeoutMs:', why: 'the official SDK ignores it; here it would be a ConfigError' },
    ],
    prints: /^$/,
  },
  {
    about: 'error handling',
    edits: [{ from: '{ ... }', to: "{ prompt: 'Fix it', source: { github: 'no/where' } }", why: 'an ellipsis' }],
    prints: /^$/,
  },
  {
    about: 'agent sources',
    prints: /octocat\/hello-world\n {2}Private: false[\s\S]*Found: github\/my-org\/my-project/,
  },
];
