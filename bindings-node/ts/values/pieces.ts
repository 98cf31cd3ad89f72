// Patches of any size beside the event loop: the text goes over in pieces, and what is made of it comes back in pieces.

import { addon } from '../native/addon';
import type { CancelToken, NativePatch, NativePieces } from '../native/binding';
import { onFiles } from '../native/direct';
import type { ChangeSet, ParsedChangeSet } from './artifact';
import type { GeneratedFile, GeneratedFilesOptions } from './files';

/** So many characters at once: about a millisecond. */
const PIECE = 1 << 20;

/** @internal Takes a patch apart. */
export async function parsedInPieces(changes: ChangeSet, signal?: AbortSignal): Promise<ParsedChangeSet> {
  const pieces = await made(changes, signal, (patch, cancel) => patch.parsed(cancel));
  const parsed = JSON.parse(pieces.take() ?? '');
  return { ...parsed, files: await collected(pieces, signal) };
}

/** @internal The files of a patch; with a directory their whole content. */
export async function filesInPieces(
  changes: ChangeSet,
  directory: string | undefined,
  { signal }: GeneratedFilesOptions,
): Promise<GeneratedFile[]> {
  const { baseCommitId } = changes.gitPatch;
  const make = (patch: NativePatch, cancel?: CancelToken) => patch.generatedFiles(baseCommitId, directory, cancel);
  return collected(await made(changes, signal, make), signal);
}

async function made(
  { gitPatch: { unidiffPatch } }: ChangeSet,
  signal: AbortSignal | undefined,
  make: (patch: NativePatch, cancel?: CancelToken) => Promise<NativePieces>,
): Promise<NativePieces> {
  const patch = new (addon().NativePatch)();
  for (let at = 0; at < unidiffPatch.length; ) {
    if (at > 0) await turn(signal);
    let end = Math.min(at + PIECE, unidiffPatch.length);
    // Not between the halves of a character.
    if ((unidiffPatch.charCodeAt(end - 1) & 0xfc00) === 0xd800) end += 1;
    patch.push(unidiffPatch.slice(at, end));
    at = end;
  }
  return onFiles(signal, (cancel) => make(patch, cancel));
}

async function collected<T>(pieces: NativePieces, signal: AbortSignal | undefined): Promise<T[]> {
  const items: T[] = [];
  for (let text = pieces.take(); text !== null; text = pieces.take()) {
    for (const item of JSON.parse(text) as T[]) items.push(item);
    await turn(signal);
  }
  return items;
}

/** Lets the event loop do what waits. */
async function turn(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  signal?.throwIfAborted();
}
