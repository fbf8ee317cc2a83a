// The part of the README that states figures, between two marks.

import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { DATA_BYTES } from '../data/sessions.js';
import { titleOf } from '../workloads/index.js';
import { count, milliseconds, time } from './format.js';
import { median, ratio, US, verdict } from './ratios.js';

const BEGIN = '<!-- benchmark: made by npm run bench:report -->';
const END = '<!-- /benchmark -->';
const JS = 'JS best that bounds';
const OPENSSL = 'OpenSSL in C';
const MIB = 2 ** 20;
const SHOWN = ['view', 'tested', 'copy', 'miss', 'evict', 'mixedTimeouts', 'revoke'];

/**
 * Writes the figures into a file that has the marks.
 * @param {string} path
 * @param {import('./results.js').Results} results
 */
export async function writeFigures(path, results) {
  const text = readFileSync(path, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${path} has no ${BEGIN}`);
  const whole = `${before}${BEGIN}\n\n${figuresOf(results)}\n\n${END}${after}`;
  const config = await resolveConfig(path);
  writeFileSync(path, await format(whole, { ...config, parser: 'markdown' }));
}

/**
 * @param {import('./results.js').Results} results
 * @returns {string} Markdown
 */
export function figuresOf(results) {
  const { machine, processorTime, versions } = results;
  const sets = results.times.filter(
    ({ length, size }) => length === DATA_BYTES && [20_480, 1_000_000].includes(size),
  );
  const rows = sets.flatMap(({ figures, size }) =>
    SHOWN.flatMap((workload) => {
      const own = figures[US]?.[workload];
      return own ? [`| ${titleOf(workload)}, ${count(size)} | ${time(median(own))} | ${best(figures, workload, JS)} | ${best(figures, workload, OPENSSL)} |`] : []; // prettier-ignore
    }),
  );
  return `| operation, sessions in the cache | sesscache | best of JavaScript | OpenSSL in C |
| --- | --- | --- | --- |
${[...rows, ...memoryRows(results)].join('\n')}

${losses(sets)} Node ${machine.node}, ${machine.processor}, ${versions['OpenSSL'] ?? 'without OpenSSL'}${processorTime ? ', processor time' : ''}.`;
}

/**
 * @param {import('./ratios.js').Figures} figures
 * @param {string} workload
 * @param {string} group
 */
function best(figures, workload, group) {
  const found = ratio(figures, workload, group);
  if (!found) return '';
  const value = time(median(figures[found.best][workload]));
  return group === JS ? `${value} (${found.best})` : value;
}

/** @param {import('./results.js').Results} results */
function memoryRows({ pauses, weights }) {
  const rows = [];
  const own = weights?.figures[US];
  if (own && weights) {
    const { linear = 0, number, major = 0 } = own;
    const others = Object.entries(weights.figures).filter(([name]) => name !== US);
    const inJavaScript = others.filter(([name]) => name !== 'OpenSSL' && name !== 'Map');
    const lightest = Math.min(
      ...inJavaScript.map(([, each]) => (each.resident ?? 0) / each.number),
    );
    const openssl = weights.figures['OpenSSL'];
    const perMiB = (/** @type {number} */ bytes) => count(MIB / bytes);
    const collected = Math.min(...inJavaScript.map(([, each]) => each.major ?? Infinity));
    rows.push(
      `| sessions of 158 bytes in a MiB | ${perMiB(linear / number)} | ${perMiB(lightest)} | ${openssl ? perMiB((openssl.resident ?? 0) / openssl.number) : ''} |`,
      `| full garbage collection, ${count(weights.size)} | ${milliseconds(major)} | ${milliseconds(collected)} | |`,
    );
  }
  const calls = /** @type {const} */ (['fill', 'evict', 'expire', 'clear']);
  if (pauses?.figures[US]) {
    const longest = (/** @type {Record<string, number[]>} */ phases) =>
      Math.max(
        ...calls.flatMap((phase) => {
          const values = phases[phase] ?? phases[`${phase}Whole`];
          return values ? [Math.min(...values)] : [];
        }),
      );
    const expiring = Object.entries(pauses.figures).filter(
      ([name, phases]) => name !== US && name !== 'OpenSSL' && phases['expire'],
    );
    const least = Math.min(...expiring.map(([, phases]) => longest(phases)));
    const openssl = pauses.figures['OpenSSL'];
    rows.push(
      `| longest single call, ${count(pauses.size)} | ${milliseconds(longest(pauses.figures[US]))} | ${Number.isFinite(least) ? milliseconds(least) : ''} | ${openssl ? milliseconds(longest(openssl)) : ''} |`,
    );
  }
  return rows;
}

/**
 * What sesscache is slower at, in every round.
 * @param {import('./results.js').Results['times']} sets
 */
function losses(sets) {
  const lost = sets.flatMap(({ figures, size }) =>
    [JS, OPENSSL].flatMap((group) =>
      verdict(figures, group).slower.map(
        (workload) =>
          `${titleOf(workload)} at ${count(size)} (${group === JS ? ratio(figures, workload, group)?.best : 'OpenSSL'})`,
      ),
    ),
  );
  return lost.length === 0 ? 'It loses nowhere.' : `Slower than another: ${lost.join('; ')}.`;
}
