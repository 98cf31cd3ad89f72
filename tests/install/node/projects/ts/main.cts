// The same types for a TypeScript file that is CommonJS.
import { ConfigError, jules, type Session } from 'jules-sdk';

const open = (): Session => jules.session('1');
console.log(open().id, ConfigError.name);
