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

/** Where the user's code is now, to be told by an error that comes later. */
export function here(): { stack?: string } {
  const place = {};
  Error.captureStackTrace?.(place);
  return place;
}

/** Adds that place to the stack of an error that was made elsewhere and has no frame of the user's code. */
export function cameFrom<E>(error: E, place: { stack?: string }): E {
  if (!(error instanceof Error) || OWN_FOLDER === undefined) return error;
  const own = OWN_FOLDER;
  const frames = (stack: string | undefined) =>
    (stack ?? '')
      .split('\n')
      .filter((line) => line.startsWith('    at ') && !line.includes(own) && !line.includes('(node:internal'));
  const [has, more] = [frames(error.stack), frames(place.stack)];
  if (has.length === 0 && more.length > 0) error.stack = [`${error.name}: ${error.message}`, ...more].join('\n');
  return error;
}
