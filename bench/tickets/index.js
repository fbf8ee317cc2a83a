// `npm run bench:tickets`: what a ring of ticket keys costs a server beside Node's own one key. CPU
// time of the servers' processes alone, by blocks of a few handshakes that take turns: see
// paired/rounds.js. Each process has a server of every way: the differences are smaller than those
// between two processes of the same code. Prints the table of docs/tickets.md; `--only "TLS 1.3,
// RSA"`: these rows.

import { createSecureContext } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import { readOptions } from '../paired/options.js';
import { mean, medianRatioOf, ratioText } from '../paired/ratio.js';
import { measureRounds } from '../paired/rounds.js';

const { size, rounds, warmUp, processes, values } = readOptions({
  block: { type: 'string', default: '5' },
});
/**
 * `stock`: Node as it comes. `again`: the same once more, which shows what the figures can tell.
 * `floor`: a callback that returns the same keys each time, which is what Node's own call costs.
 * `ring`: attachTicketKeys. `floorAlways` and `always`: the same with a renewal of each accepted
 * ticket, which stock tickets do not have.
 */
const ways = { stock: true, again: true, floor: true, ring: true, floorAlways: true, always: true };

const rows = [];
for (const version of ['TLSv1.2', 'TLSv1.3']) {
  for (const [certificate, name] of [
    ['rsa', 'RSA-2048'],
    ['ecdsa', 'ECDSA P-256'],
  ]) {
    const label = `${version.replace('v', ' ')}, ${name}`;
    if (!label.includes(values.only)) continue;
    console.error(label);
    rows.push(...(await measure(label, version, certificate)));
  }
}
if (rows.length === 0) throw new Error(`no row is called ${values.only}`);
console.log(
  `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}; server CPU against stock ` +
    `tickets, median of ${processes * rounds} blocks of ${size} (95 % interval)\n`,
);
console.log(
  '|  | stock, µs | stock again | least callback | ring | least callback that renews | ring, `renew: "always"` |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- |');
for (const row of rows) console.log(`| ${row.join(' | ')} |`);

async function measure(label, version, certificate) {
  const secureContext = createSecureContext({
    ca: readCertificate(certificate).cert,
    minVersion: version,
    maxVersion: version,
  });
  const script = new URL('server.js', import.meta.url);
  const plan = { ways, size, warmUp, rounds, processes, together: true, secureContext };
  const { figures } = await measureRounds(script, [version, certificate], plan);
  const { stock, ...others } = figures;
  return ['full', 'resumed'].map((kind) => {
    const ratios = Object.values(others).map((way) =>
      ratioText(medianRatioOf(way[kind], stock[kind])),
    );
    return [`${label}, ${kind}`, mean(stock[kind]).toFixed(0)].concat(ratios);
  });
}
