// Searches the memory of a process for secrets.

import { closeSync, openSync, readFileSync, readSync } from 'node:fs';

const CHUNK = 1 << 22;
/** Longer than any secret: so much of a chunk is read again with the next one. */
const OVERLAP = 64;

/** Counts which of `secrets` are in the memory of a process, and how often in all. */
export function searchMemory(
  pid: number,
  secrets: readonly Buffer[],
): { found: number; copies: number } {
  const counts = secrets.map(() => 0);
  const memory = openSync(`/proc/${pid}/mem`, 'r');
  const chunk = Buffer.alloc(CHUNK + OVERLAP);
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const parts = /^([0-9a-f]+)-([0-9a-f]+) (rw)/.exec(line);
    if (parts === null) continue;
    const [start, end] = [BigInt(`0x${parts[1]}`), BigInt(`0x${parts[2]}`)];
    for (let at = start; at < end; at += BigInt(CHUNK)) {
      const length = Number(end - at < BigInt(chunk.length) ? end - at : BigInt(chunk.length));
      let read = 0;
      try {
        read = readSync(memory, chunk, 0, length, at);
      } catch {
        continue; // not to be read
      }
      const here = chunk.subarray(0, read);
      secrets.forEach((secret, i) => {
        let found = here.indexOf(secret);
        for (; found >= 0 && found < CHUNK; found = here.indexOf(secret, found + 1)) counts[i]!++;
      });
    }
  }
  closeSync(memory);
  return { found: counts.filter((n) => n > 0).length, copies: counts.reduce((a, b) => a + b, 0) };
}
