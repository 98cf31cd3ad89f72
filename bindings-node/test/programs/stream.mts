import { type Activity, jules } from '@google/jules-sdk';

function line(activity: Activity): string {
  switch (activity.type) {
    case 'planGenerated':
      return `plan of ${activity.plan.steps.length > 0}`;
    case 'agentMessaged':
    case 'userMessaged':
      return activity.message;
    case 'progressUpdated':
      return activity.title;
    case 'sessionFailed':
      return activity.reason;
    default:
      return activity.type;
  }
}

const session = await jules.session({
  prompt: 'Fix the visibility of the button',
  source: { github: 'user/repo', baseBranch: 'main' },
  requireApproval: false,
  autoPr: true,
});
for await (const activity of session.stream()) {
  console.log(line(activity));
  for (const artifact of activity.artifacts) {
    if (artifact.type === 'changeSet')
      console.log(artifact.parsed().summary.totalFiles > 0, artifact.gitPatch.baseCommitId);
    if (artifact.type === 'bashOutput') console.log(artifact.command, artifact.exitCode);
  }
  if (activity.type === 'sessionCompleted') break;
}
