import { jules } from '@google/jules-sdk';

const todos = ['Fix the login', 'Update the README', 'Refactor the tests'];
const results = await jules.all(todos, (prompt) => ({ prompt, source: { github: 'user/repo', baseBranch: 'main' } }), {
  concurrency: 2,
  stopOnError: true,
  delayMs: 10,
});
console.log(results.length);
