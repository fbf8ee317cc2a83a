// How `npm start` prints what it found.

import { styleText } from 'node:util';

const colours = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (style, text) => (colours ? styleText(style, text) : text);
const SHOWN = ['number', 'accept', 'acceptGood', 'hits', 'misses', 'timeouts', 'cacheFull'];

export function printHeading() {
  const { node, openssl } = process.versions;
  console.log(
    paint('bold', 'A sesscache SessionCache behind a node:tls server, attached by sesscache/node'),
  );
  console.log(`Node ${node}, OpenSSL ${openssl}; sessions on the server, no tickets; loopback\n`);
  console.log(row('', 'handshake', 'made', 'resumed', 'server CPU each'));
}

/** What resuming saved, or where it says why nothing: with ECDSA a full handshake is cheap. */
function gainOf(ratio) {
  if (ratio >= 1.05) return paint('green', `  ${Math.round(100 - 100 / ratio)} % less`);
  return '  no less: “What it costs” in docs/node-servers.md says why';
}

export function printTimesNote() {
  console.log(
    '\nThis server has just started, and V8 has not compiled all of its code. Later, after some thousand\n' +
      'handshakes, resuming saves more: `npm run bench:handshakes` measures that.\n',
  );
}

/** Two rows for the result of `measure`; false if some session was not resumed. */
export function printTimes(label, { full, resumed, fullTime, resumedTime }) {
  const ok = resumed === full;
  const gain = ok ? gainOf(fullTime / resumedTime) : '';
  console.log(row(label, 'full', full, '-', milliseconds(fullTime / full)));
  console.log(row('', 'resuming', full, resumed, milliseconds(resumedTime / full)) + gain);
  if (!ok) printCheck({ ok, text: `${full} sessions offered, ${resumed} resumed` });
  return ok;
}

/**
 * One line of checks.js; without `ok` it is a remark.
 * @param {{ ok?: boolean, text: string }} outcome
 */
export function printCheck({ ok, text }) {
  const mark = ok === undefined ? '-   ' : ok ? paint('green', 'ok  ') : paint('red', 'FAIL');
  console.log(`${mark}  ${text}`);
}

export function printCounters(stats, { time, handshakes }) {
  const counters = SHOWN.map((name) => `${name} ${stats[name]}`);
  console.log(`\ncounters of the cache: ${counters.join(', ')}`);
  const made = handshakes.full + handshakes.resumed;
  const each = Object.entries(time).map(([name, spent]) => `${name} ${(spent / made).toFixed(1)}`);
  console.log(`of the server's time per handshake sesscache took, in µs: ${each.join(', ')}`);
}

function row(certificate, handshake, made, resumed, time) {
  return (
    `${certificate.padEnd(22)}${handshake.padEnd(10)}${`${made}`.padStart(6)}` +
    `${`${resumed}`.padStart(9)}${time.padStart(17)}`
  );
}

function milliseconds(time) {
  return `${(time / 1000).toFixed(2)} ms`;
}
