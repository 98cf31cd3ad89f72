"""Some sessions at once, with a client of the environment's; what came of it, as a line of JSON."""

import json

import jules

try:
    with jules.Jules() as client:
        results = client.all(range(12), lambda index: {"prompt": f"Greet {index}", "source": "octocat/hello-world"})
        info = client.cache_info()
        said = {
            "states": sorted({one.state for one in results.outcomes()}),
            "cache": info.location and str(info.location),
            "why": info.reason,
        }
except jules.JulesError as error:
    said = {"error": type(error).__name__, "why": str(error)}
print(json.dumps(said))
