// The stream in a file, which one process restores, once.

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename, unlink } from 'node:fs/promises';
import type { SessionCache } from '../index.ts';
import { RestoreError } from './errors.ts';
import { FRAME_BYTES } from './frames.ts';
import type { RestoreOptions, SaveOptions } from './options.ts';
import { type RestoreReport, restoreSessions } from './restore.ts';
import { type SaveReport, saveSessions } from './save.ts';

const OTHERS = 0o077;

/**
 * *Experimental.* `saveSessions` to a file that only this user can read (0600). It is there when it
 * is whole; one of the same name is replaced.
 *
 * @throws as `saveSessions`; RestoreError `ERR_SESSCACHE_FILE` if there is something that is no
 *   file; what the file system throws.
 */
export async function saveSessionsToFile(
  cache: SessionCache,
  path: string,
  options: SaveOptions,
): Promise<SaveReport> {
  await checkPlace(path); // before a session moves
  const temporary = besides(path);
  const file = await open(temporary, 'wx', 0o600);
  try {
    const report = await saveSessions(cache, (chunk) => writeAll(file, chunk), options);
    await file.close();
    await rename(temporary, path);
    return report;
  } catch (error) {
    await file.close().catch(() => {});
    await unlink(temporary).catch(() => {});
    throw error;
  }
}

/**
 * *Experimental.* `restoreSessions` from a file, which is deleted in any case. Of several processes
 * that try at the same time, only one gets it.
 *
 * @returns undefined if there is no such file.
 * @throws as `restoreSessions`; RestoreError `ERR_SESSCACHE_FILE` if the file belongs to another
 *   user or is open to others, or if it is not a file (then it stays); errors of the file system.
 */
export async function restoreSessionsFromFile(
  cache: SessionCache,
  path: string,
  options: RestoreOptions,
): Promise<RestoreReport | undefined> {
  if (!(await checkPlace(path))) return undefined;
  // Of several processes that start at a time, one gets the file.
  const claimed = besides(path);
  try {
    await rename(path, claimed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  let file: FileHandle | undefined;
  try {
    file = await open(claimed, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    await checkFile(file, path);
    return await restoreSessions(cache, chunksOf(file), options);
  } finally {
    await file?.close().catch(() => {});
    await unlink(claimed).catch(() => {});
  }
}

/** Whether the file exists. A directory or a device must be neither moved nor deleted. */
async function checkPlace(path: string): Promise<boolean> {
  try {
    const stats = await lstat(path);
    if (stats.isFile() || stats.isSymbolicLink()) return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  throw refusal(`${path} is no regular file`);
}

async function checkFile(file: FileHandle, path: string): Promise<void> {
  const stats = await file.stat();
  const uid = process.getuid?.();
  if (!stats.isFile()) throw refusal(`${path} is no regular file`);
  if (uid === undefined) return; // Windows
  if (stats.uid !== uid) throw refusal(`${path} belongs to another user`);
  if (stats.mode & OTHERS) throw refusal(`${path} is open to others: its mode should be 0600`);
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
}

async function* chunksOf(file: FileHandle): AsyncGenerator<Uint8Array, void, undefined> {
  const buffer = Buffer.alloc(FRAME_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function besides(path: string): string {
  return `${path}.${randomBytes(8).toString('hex')}`;
}

function refusal(message: string): RestoreError {
  return new RestoreError('ERR_SESSCACHE_FILE', message);
}
