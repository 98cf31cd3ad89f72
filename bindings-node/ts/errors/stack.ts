// Stack traces that begin where the user's code does: the frames in between are of no use to anyone but us.

/** The folder of our own modules, as stacks have it; none where they were moved into a bundle. */
export const OWN_FOLDER: string | undefined = ownFolder();

/** From a stack and not from `__dirname`, which doesn't exist in a bundle of ES modules. */
function ownFolder(): string | undefined {
  const { stack } = new Error();
  const [, folder] =
    /^ +at .*?((?:file:|[\\/]|[A-Za-z]:)[^()\n]*[\\/])errors[\\/]stack\.js:\d/m.exec(String(stack)) ?? [];
  return folder;
}

/** Takes our own frames out of an error's stack, unless nothing would be left. */
export function trimStack<E extends Error>(error: E): E {
  if (OWN_FOLDER === undefined) return error;
  const lines = error.stack?.split('\n') ?? [];
  const kept = lines.filter((line) => !(line.startsWith('    at ') && line.includes(OWN_FOLDER)));
  if (kept.some((line) => line.startsWith('    at '))) error.stack = kept.join('\n');
  return error;
}
