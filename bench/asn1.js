// `npm run build && node bench/asn1.js`: microseconds of the codec for each kind of session, beside
// those of asn1js, which only parses and does not decode fields.

import { readFileSync } from 'node:fs';
import { fromBER } from 'asn1js';
import { decodeSession, encodeSession, peekSession } from 'sesscache/asn1';
import { machine } from './machine.js';

const ROUNDS = 7;
const ROUND_MS = 100;

const recorded = new URL('../test/asn1/recorded.json', import.meta.url);
const releases = JSON.parse(readFileSync(recorded, 'utf8')).recorded;
/** @type {import('../test/asn1/real-session.ts').RealSession[]} */
const sessions = releases.at(-1).sessions;

const { processor, cores, platform, node } = machine();
console.log(`${processor}, ${cores} cores, ${platform}, Node ${node}`);
console.log('µs per call, best of %d rounds\n', ROUNDS);

console.table(
  Object.fromEntries(
    sessions
      .filter(
        ({ side, protocol, tickets }) => tickets === (side === 'client' || protocol === 'TLSv1.3'),
      )
      .map((session) => [nameOf(session), measure(Buffer.from(session.bytes, 'base64'))]),
  ),
);

/** @param {Buffer} bytes */
function measure(bytes) {
  const fields = decodeSession(bytes, { secrets: true });
  const der = bytes.subarray(peekSession(bytes).derStart);
  return {
    bytes: bytes.length,
    peek: time(() => peekSession(bytes)),
    decode: time(() => decodeSession(bytes)),
    'with secrets': time(() => decodeSession(bytes, { secrets: true })),
    encode: time(() => encodeSession(fields)),
    asn1js: time(() => fromBER(der)),
  };
}

/** @param {() => unknown} call */
function time(call) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    let calls = 0;
    let spent = 0;
    for (; spent < ROUND_MS; spent = performance.now() - start) {
      for (let i = 0; i < 100; i++) call();
      calls += 100;
    }
    best = Math.min(best, (spent * 1000) / calls);
  }
  return Number(best.toFixed(2));
}

/** @param {import('../test/asn1/real-session.ts').RealSession} session */
function nameOf({ side, protocol, clientCertificate }) {
  return `${side}, ${protocol}${clientCertificate ? ', client certificate' : ''}`;
}
