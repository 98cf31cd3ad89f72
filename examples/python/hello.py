"""The five lines of the README, which `.dev/run readme` holds equal to these."""
# ruff: noqa: D103

import asyncio

import jules


async def main() -> None:
    run = jules.run(prompt="Fix the flaky test", source="octocat/hello-world")
    async for activity in run.stream():
        print(activity.type)
    outcome = await run
    print(outcome.state, outcome.pull_request.url if outcome.pull_request else "no pull request")


asyncio.run(main())
