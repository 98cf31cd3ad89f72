// What the package exports: an emulator for tests, started here or somewhere else.

export { type Emulator, emulatorAt } from './address';
export { type EmulatorOptions, type StartedEmulator, startEmulator } from './start';
