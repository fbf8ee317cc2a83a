// The part of the README that states figures, between two marks.

import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { DATA_BYTES } from '../data/sessions.js';
import { titleOf } from '../workloads/index.js';
import { count, milliseconds, time, times } from './format.js';
import { copyOf, losses, ofBytes, rowTitle } from './losses.js';
import { median, ratio, US, worst } from './ratios.js';

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

/** Sets whose rows the table has. The others are counted below it, and are in the report. */
const isShown = (/** @type {{ length: number, size: number }} */ { length, size }) =>
  length === DATA_BYTES && [20_480, 1_000_000].includes(size);

/**
 * Losses first, red, and below the table why, and how many rows are lost in the sets it does not
 * show.
 * @param {import('./results.js').Results} results
 * @returns {string} Markdown
 */
export function figuresOf(results) {
  const { machine, processorTime, releases = [], versions } = results;
  const all = losses(results);
  const lost = all.filter(({ set }) => isShown(set));
  const isLost = (/** @type {object} */ set, /** @type {string} */ workload) =>
    lost.some((loss) => loss.set === set && loss.workload === workload);
  const shown = results.times
    .filter(isShown)
    .flatMap((set) => SHOWN.map((workload) => ({ set, workload })))
    .filter(({ set, workload }) => set.figures[US]?.[workload] && !isLost(set, workload));
  const red = [...new Map(lost.map((loss) => [rowTitle(loss.workload, loss.set), loss])).values()];
  const rows = [
    ...red.map(({ set, workload }) => row(results, set, workload, '🔴 ')),
    ...shown.map(({ set, workload }) => row(results, set, workload, '')),
  ];
  const nodes = releases.flatMap(({ engine, version }) => (engine === 'V8' ? [version] : []));
  return `| operation, sessions in the cache | sesscache | best of JavaScript | OpenSSL in C | ratios, worst release |
| --- | --- | --- | --- | --- |
${[...rows, ...memoryRows(results)].join('\n')}

${whyLost(lost)}

${elsewhere(results, all)}

Measured with Node ${machine['node']}, ${machine['processor']}, ${versions['OpenSSL'] ?? 'without OpenSSL'}${processorTime ? ', processor time' : ''}. The last
column compares speeds with the best of JavaScript and with OpenSSL: at 2× sesscache is twice as fast, at 0.5× half as
fast. Each ratio is the lowest among the measured releases of Node (${[machine['node'], ...nodes].join(', ')}).`;
}

/**
 * @param {import('./results.js').Results} results
 * @param {import('./results.js').Results['times'][number]} set
 * @param {string} workload
 * @param {string} mark
 */
function row(results, set, workload, mark) {
  const { figures } = set;
  const ratios = [JS, OPENSSL].flatMap((group) => {
    const found = worst(results, set, workload, group);
    return found ? [`${times(found.median)} (${group === JS ? found.release : 'OpenSSL'})`] : [];
  });
  const cells = [
    `${mark}${rowTitle(workload, set)}`,
    time(median(figures[US][workload])),
    best(figures, workload, JS),
    best(figures, workload, OPENSSL),
    ratios.join(', '),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** @param {import('./losses.js').Loss[]} lost */
function whyLost(lost) {
  if (lost.length === 0) return 'No row is slower.';
  /** @type {Map<string, Set<string>>} */
  const titles = new Map();
  for (const { group, reason, workload } of lost) {
    const title = `${titleOf(workload)}${group === OPENSSL ? ' (OpenSSL)' : ''}`;
    titles.set(reason, (titles.get(reason) ?? new Set()).add(title));
  }
  const lines = [...titles].map(([reason, of]) => `- ${[...of].join('; ')}: ${reason}.`);
  return `🔴 Why these rows are slower:\n\n${lines.join('\n')}`;
}

/**
 * One line for each set that the table does not show.
 * @param {import('./results.js').Results} results
 * @param {import('./losses.js').Loss[]} all
 */
function elsewhere(results, all) {
  const lines = results.times
    .filter((set) => !isShown(set))
    .map((set) => {
      const rows = Object.keys(set.figures[US] ?? {}).filter((each) =>
        worst(results, set, each, JS),
      );
      const lost = all.filter((loss) => loss.set === set && loss.group === JS);
      const [lowest] = lost;
      const title = `${count(set.size)} sessions${ofBytes(set.length)}`;
      if (!lowest) return `- ${title}: none of ${rows.length} rows is slower.`;
      return `- 🔴 ${title}: ${lost.length} of ${rows.length} rows are slower, the slowest is “${titleOf(lowest.workload)}”, at ${times(lowest.ratio.median)}${copyOf(results, set, lowest.workload)}.`;
    });
  return lines.length > 0
    ? `The report has more sets of sessions. Compared with the best of JavaScript:\n\n${lines.join('\n')}`
    : '';
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
    const inJavaScript = others.filter(([name]) => !['OpenSSL', 'Map', 'lmdb'].includes(name));
    const lightest = Math.min(
      ...inJavaScript.map(([, each]) => (each.resident ?? 0) / each.number),
    );
    const openssl = weights.figures['OpenSSL'];
    const perMiB = (/** @type {number} */ bytes) => count(MIB / bytes);
    const collected = Math.min(...inJavaScript.map(([, each]) => each.major ?? Infinity));
    rows.push(
      `| sessions of 158 bytes in a MiB | ${perMiB(linear / number)} | ${perMiB(lightest)} | ${openssl ? perMiB((openssl.resident ?? 0) / openssl.number) : ''} | |`,
      `| full garbage collection, ${count(weights.size)} | ${milliseconds(major)} | ${milliseconds(collected)} | | |`,
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
      `| longest single call, ${count(pauses.size)} | ${milliseconds(longest(pauses.figures[US]))} | ${Number.isFinite(least) ? milliseconds(least) : ''} | ${openssl ? milliseconds(longest(openssl)) : ''} | |`,
    );
  }
  return rows;
}
