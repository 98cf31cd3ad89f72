// Some sessions at once, with a client of the environment's; what came of it, as a line of JSON.
const { Jules, JulesError } = require('jules-sdk');

async function main() {
  try {
    const client = new Jules();
    const items = Array.from({ length: 12 }, (_, index) => index);
    const task = (index) => ({ prompt: `Greet ${index}`, source: { github: 'octocat/hello-world' } });
    const results = await client.all(items, task);
    const { location = null, reason = null } = await client.cacheInfo();
    return { states: [...new Set(results.map((one) => one.state))].sort(), cache: location, why: reason };
  } catch (error) {
    if (!(error instanceof JulesError)) throw error;
    return { error: error.name, why: error.message };
  }
}

main().then((said) => console.log(JSON.stringify(said)));
