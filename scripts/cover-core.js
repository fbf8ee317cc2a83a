import { existsSync, readdirSync, readFileSync } from 'node:fs';

const build = new URL('../build/', import.meta.url);

/**
 * Joins what the processes of a coverage run left in build/reached/ (test/support/cover-hook.js)
 * with the list of probes (cover-instrument.js).
 * @returns {{ reached: number, total: number, percent: number, missed: string[] }}
 */
export function coverCore() {
  const probes = JSON.parse(readFileSync(new URL('cover/probes.json', build), 'utf8'));
  const ran = probesThatRan();
  const missed = probes
    .filter((/** @type {unknown} */ _, /** @type {number} */ number) => !ran.has(number))
    .map(({ file, line, what }) => `${file}:${line} ${what}`);
  const total = probes.length;
  const reached = total - missed.length;
  return { reached, total, percent: Math.floor((reached / total) * 1000) / 10, missed };
}

/** @returns {Set<number>} */
function probesThatRan() {
  const folder = new URL('reached/', build);
  if (!existsSync(folder)) return new Set();
  const files = readdirSync(folder);
  return new Set(files.flatMap((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));
}
