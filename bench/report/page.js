// The report: one page without scripts and without network requests.

import { DATA_BYTES } from '../data/sessions.js';
import { crowdWorkloads, workloads } from '../workloads/index.js';
import { count, escape, short } from './format.js';
import * as panels from './panels.js';
import { density as recorded } from './recorded.js';
import { isLike } from './ratios.js';
import { page as style } from './style.js';
import { losses } from './losses.js';
import {
  crowdTable,
  lossTable,
  ratioTable,
  releaseTable,
  targetTable,
  timesTable,
} from './tables.js';
import { targets } from './targets.js';

/**
 * @param {import('./results.js').Results} results
 * @returns {string} HTML
 */
export function page(results) {
  const { machine, processorTime, scaleMachine, seconds, times, versions } = results;
  const rows = targets(results);
  const missed = rows.filter(({ verdict }) => verdict === 'missed').length;
  const aims = rows.filter(({ verdict }) => verdict === 'aim').length;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>sesscache: benchmark</title>
<style>${style}</style>
</head>
<body>
<h1>sesscache compared with other caches</h1>
<p>A cache of TLS sessions in WebAssembly, measured side by side with the caches of JavaScript and with
OpenSSL’s own. Keys are session ids as a server has them: 32 bytes.</p>
<p class="soft">${escape(where(machine))}. ${escape(list(versions))}. The run took ${seconds < 120 ? `${seconds} seconds` : `${Math.round(seconds / 60)} minutes`}.${processorTime ? ' Times are processor time: the machine had other work.' : ''}</p>

<h2>Losses</h2>
${lossesOf(results)}

<h2>Wins and losses</h2>
<p>How many times as fast sesscache is. ▲ faster in every round, ▼ slower in every round, = the rounds
do not agree. Red: slower in the median round.</p>
${times.map((set) => section(set, ratioTable(set.figures), isUsual(set))).join('\n')}

${releasesOf(results)}
${crowdsOf(results)}
<h2>Time per operation</h2>
<p>Equal steps to the right are equal factors; further left is faster.</p>
${charts(Object.keys(workloads).map((workload) => figure(panels.workloadChart(results, workload), workloads[workload].about)))}

<h2>Memory</h2>
<p>sesscache’s own figure counts every page of linear memory ever handed out: sessions, ids, index,
order, free blocks. Resident is what the process grew by.</p>
${charts([panels.densityChart(results), ...panels.collectionCharts(results)])}
<ul class="soft">${recorded.map(({ name, how }) => `<li>${escape(`${name}*: ${how}`)}</li>`).join('')}</ul>

<h2>The longest single call</h2>
<p>What everybody else on the server waits for, garbage collections included. A server has sesscache
drop at most 1,024 sessions in a call; “one call” drops all at once, as the others do.${ownWork(results)}</p>
${charts(panels.pauseCharts(results))}

${growth(results, scaleMachine)}

<h2>All times</h2>
${times.map((set) => section(set, timesTable(set.figures), false)).join('\n')}

<h2>Targets</h2>
<p>What the project set out to reach. “The best of JavaScript” is, for each operation by itself, the
fastest of all caches that bound their size. Of ${rows.length} rows ${aims} reach their aim, ${rows.length - aims - missed}
what they must, ${missed} neither. In brackets: the lowest and highest round, and who was the best.</p>
<details><summary>All ${rows.length} rows</summary>${targetTable(rows)}</details>

<h2>How it was measured</h2>
<ul>
<li>One process for each contender, size and round; rounds are interleaved. A figure is the median of
its rounds.</li>
<li>Each contender first has to answer rightly: values, evictions, removals, expiry.</li>
<li>Every figure includes the harness, that is the making of ids and the loop: its row is in the tables.</li>
<li>The caches of JavaScript get their cheapest string key, and keep the caller’s bytes by reference;
sesscache copies them.</li>
<li>OpenSSL runs in C, without Node, and makes the same ids.</li>
</ul>
<p><code>npm run bench</code> repeats all of it, the other releases included; <a href="../bench/README.md">bench/README.md</a> says more.</p>
</body>
</html>
`;
}

/** @param {import('./results.js').Results} results */
function lossesOf(results) {
  if (losses(results).length === 0) return '<p>None.</p>';
  return `<p>Where another is faster in the median round, on the release of Node on which sesscache does
worst: against the best of JavaScript that bounds, and against OpenSSL.</p>
${lossTable(results)}`;
}

/** @param {import('./results.js').Results} results */
function releasesOf(results) {
  const { releases, times } = results;
  if (!releases?.length) return '';
  const names = releases.map(({ name, version, engine }) =>
    engine === 'V8' ? version : `${name} ${version} (${engine})`,
  );
  const sections = times.flatMap((set) => {
    const rounds = releases.flatMap(({ times: sets }) =>
      sets.filter((each) => isLike(each, set)).map((each) => each.rounds),
    );
    if (rounds.length === 0) return [];
    const least = { ...set, rounds: Math.min(...rounds) };
    return [section(least, releaseTable(results, set), isUsual(set))];
  });
  return `<h2>Other releases of Node, and Bun</h2>
<p>The same against the best of JavaScript that bounds, each on its own release: ${escape(names.join(', '))}.
Those take part that are first at an operation in the run above.</p>
${sections.join('\n')}`;
}

/** @param {import('./results.js').Results} results */
function crowdsOf({ crowds }) {
  if (!crowds?.length) return '';
  const sections = crowds.map((crowd) => {
    const title = `${crowd.caches === 1 ? 'One cache' : `${count(crowd.caches)} caches`} of ${count(crowd.size)} sessions, ${crowd.rounds} rounds`;
    return `<details${crowd.caches === 1 ? ' open' : ''}><summary>${title}</summary>${crowdTable(crowd)}</details>`;
  });
  const about = Object.values(crowdWorkloads).map(
    ({ title, about: what }) => `<li>${escape(`${title}: ${what}`)}</li>`,
  );
  return `<h2>Young caches, and many in a process</h2>
<p>The median of the rounds, and how many times as fast sesscache is.</p>
${sections.join('\n')}
<ul class="soft">${about.join('')}</ul>`;
}

/** @param {{ size: number, length: number }} set */
function isUsual({ size, length }) {
  return size === 20_480 && length === DATA_BYTES;
}

/**
 * @param {import('./results.js').Results} results
 * @param {Record<string, string | number> | undefined} machine
 */
function growth(results, machine) {
  if (!results.scale || !machine) return '';
  return `<h2>How cost grows</h2>
<p>From 1,000 to 16 million sessions; a <code>Map</code> stops at 16,777,216. Both axes have equal factors.
${escape(where(machine))}.</p>
${charts(panels.scaleCharts(results))}`;
}

/**
 * @param {{ size: number, length: number, rounds: number }} set
 * @param {string} content
 * @param {boolean} open
 */
function section({ size, length, rounds }, content, open) {
  const title = `${count(size)} sessions of ${length} bytes, ${rounds} rounds`;
  return `<details${open ? ' open' : ''}><summary>${title}</summary>${content}</details>`;
}

/**
 * The first chart, with the others folded, to keep the page short on a phone.
 * @param {(string | undefined)[]} all
 */
function charts(all) {
  const [first, ...more] = all.filter(Boolean);
  const box = (/** @type {(string | undefined)[]} */ content) =>
    `<div class="charts">${content.join('\n')}</div>`;
  if (more.length === 0) return box([first]);
  const title = more.length === 1 ? 'One more chart' : `${more.length} more charts`;
  return `${box([first])}\n<details><summary>${title}</summary>${box(more)}</details>`;
}

/**
 * @param {string | undefined} chart
 * @param {string} about
 */
function figure(chart, about) {
  return chart && `<figure style="margin:0">${chart}<figcaption style="font-size:13px">${escape(about)}</figcaption></figure>`; // prettier-ignore
}

/** @param {Record<string, string | number>} machine */
function where({ cores, node, platform, processor }) {
  return `${processor}, ${cores} cores, ${platform}, Node ${node}`;
}

/** @param {Record<string, string>} versions */
function list(versions) {
  return Object.entries(versions)
    .map(([name, version]) => (version.startsWith(name) ? version : `${name} ${version}`))
    .join(', ');
}

/** @param {import('./results.js').Results} results */
function ownWork({ pauses }) {
  if (!pauses?.met) return '';
  return ` ${short(pauses.size)} sessions; each
call counts with the least that it took in several lives of a cache. What is left is the cache’s own work;
V8’s compilers and collections and other programs come at other calls each time, and are in the other mark.`;
}
