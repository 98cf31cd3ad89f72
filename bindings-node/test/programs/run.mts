import { jules } from '@google/jules-sdk';

const outcome = await jules.run({
  prompt: 'Fix the visibility of the button',
  source: { github: 'user/repo', baseBranch: 'main' },
});
console.log(outcome.state, outcome.pullRequest?.url ?? 'no pull request');
const files = outcome.generatedFiles();
for (const file of files.all()) console.log(file.path, file.changeType, file.content.length > 0);
console.log(files.get('nowhere.txt')?.path ?? 'not there', files.filter('modified').length > 0);
