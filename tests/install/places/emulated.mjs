// The emulator's packages beside ours: the helper starts the program of this platform, and a session is run to its end there.
import { startEmulator } from 'jules-emulator';
import { Jules } from 'jules-sdk';

const emulator = await startEmulator();
const client = new Jules({ ...emulator.options, cache: false });
const outcome = await client.run({ prompt: 'Greet', source: { github: 'octocat/hello-world' } });
console.log(outcome.state);
await client.close();
await emulator.stop();
