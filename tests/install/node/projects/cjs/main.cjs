// A CommonJS project: the same with require, and the ESM entry beside it is the same package.
const { ConfigError, jules } = require('jules-sdk');

async function main() {
  const outcome = await jules.run({ prompt: '[scenario:happy] Greet', source: { github: 'octocat/hello-world' } });
  const esm = await import('jules-sdk');
  console.log(outcome.state, outcome.pullRequest?.url, esm.ConfigError === ConfigError);
}

main();
