// What `npm run bench -- --json FILE` and `--scale --json FILE` write.

import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {import('../runs/memory.js').ByContender} ByContender
 * @typedef {object} Results
 * @property {Record<string, string | number>} machine
 * @property {Record<string, string>} versions
 * @property {boolean} processorTime whether waiting for the processor is left out
 * @property {number} seconds the run took
 * @property {{ size: number, length: number, rounds: number, seconds: number,
 *   figures: import('./ratios.js').Figures }[]} times
 * @property {Record<string, number[]>} [copies] nanoseconds for a copy of so many bytes
 * @property {import('../runs/releases.js').Release[]} [releases] other releases of Node, and Bun
 * @property {import('../runs/crowds.js').TimedCrowd[]} [crowds] many caches in a process
 * @property {{ size: number,
 * figures: Record<string, Partial<import('../measure/memory.js').Weight> & { number: number }> }}
 * [weights]
 * @property {{ size: number, figures: ByContender, met?: ByContender }} [pauses] figures of before
 *   `met` was told apart have none
 * @property {{ core: { bytes: number, gzip: number }, milliseconds: number[],
 *   besides?: Record<string, number[]> }} [start]
 * @property {Record<string, import('../runs/scale.js').Point[]>} [scale]
 * @property {import('../measure/millions.js').Millions} [millions]
 * @property {Record<string, string | number>} [scaleMachine] where `scale` comes from
 */

const results = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../results/${name}`, import.meta.url));

/** The figures that are committed; those of how cost grows may be missing. */
export function reference() {
  const scale = results('scale.json');
  return readResults(results('reference.json'), existsSync(scale) ? scale : undefined);
}

/**
 * Reads the figures of a run and, if there are any, those of how cost grows.
 * @param {string} file
 * @param {string | undefined} scaleFile
 * @returns {Results}
 */
export function readResults(file, scaleFile) {
  const found = JSON.parse(readFileSync(file, 'utf8'));
  if (!found.times) throw new Error(`${file} has no times: write it with npm run bench -- --json`);
  if (scaleFile === undefined) return found;
  const { machine, millions, scale } = JSON.parse(readFileSync(scaleFile, 'utf8'));
  if (!scale) throw new Error(`${scaleFile}: write it with npm run bench -- --scale --json`);
  return { ...found, millions, scale, scaleMachine: machine };
}
