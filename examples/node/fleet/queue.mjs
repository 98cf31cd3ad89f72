// The queue that all processes of the fleet share. On one machine the cache is in the cache directory; with
// `FLEET_STORE=postgres://USER:PASSWORD@HOST/DATABASE` the processes may be on as many as there are.
import { Jules } from 'jules-sdk';

export const jules = new Jules({ cache: process.env.FLEET_STORE ?? true });
export const queue = jules.queue('fleet');
