// The few functions of Node that tests use to get at their data. The files are in the bundle.

import { Buffer } from './buffer.ts';
import { files } from 'embedded-files';

/** node:fs, for files of the project that were bundled, known by their last name. */
export function readFileSync(path: string | URL, encoding?: string): Buffer | string {
  const name = String(path).split('/').pop() ?? '';
  const bytes = files[name];
  if (bytes === undefined) throw new Error(`${name} is not in the bundle`);
  return encoding === undefined ? Buffer.from(bytes) : new TextDecoder().decode(bytes);
}

/** node:zlib: the file was unpacked when it was bundled. */
export const brotliDecompressSync = (bytes: Buffer): Buffer => bytes;

/** node:timers/promises */
export const setTimeout = (ms: number): Promise<void> =>
  new Promise((resolve) => void globalThis.setTimeout(resolve, ms));

/** node:util */
export const inspect = (value: unknown): string => JSON.stringify(value) ?? String(value);

export const existsSync = unavailable;
export const readdirSync = unavailable;
export const join = unavailable;

function unavailable(): never {
  throw new Error('there is no file system in a page');
}
