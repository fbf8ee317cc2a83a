// A process whose ticket key callback is asked about so many tickets that no key of its own made,
// while clock, secrets, secure context and keys change; then as often without Node, with arguments
// that Node would not give it. `node --import tsx test/tickets/fuzz.ts 1000000 1000000`. Prints
// what it saw as JSON. Node aborts the process if an answer is not whole.

import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect as connectTcp } from 'node:net';
import { createServer } from 'node:tls';
import { readCertificate } from '../../examples/certificates.js';
import { attachTicketKeys } from '../../bindings/tickets/index.ts';
import type { AttachedTicketKeys } from '../../bindings/tickets/index.ts';
import type { TicketServer } from '../../bindings/tickets/server.ts';
import { type NativeContext, UNKNOWN } from '../../bindings/tickets/native.ts';
import { connectTls } from '../node/harness.ts';

const TICKETS = Number(process.argv[2] ?? 100_000);
const CALLS = Number(process.argv[3] ?? 1_000_000);
/** In one hello: OpenSSL asks for the key of each, until one fits. */
const IDENTITIES = 100;
const PERIOD = 1000;

const realNow = Date.now;
let ahead = 0;
Date.now = () => realNow() + ahead;

const uncaught: string[] = [];
process.on('uncaughtException', (error) => uncaught.push(String(error)));
const secrets = [1, 2, 3].map((byte) =>
  Buffer.concat([Buffer.from('secret'), Buffer.alloc(31, byte)]),
);
const options = { ...readCertificate('ecdsa'), sessionIdContext: 'fuzz' };
const server: TicketServer = createServer(options, (socket) => {
  socket.on('error', () => {});
  socket.resume();
  socket.end(JSON.stringify({ resumed: socket.isSessionReused() }));
});
server.on('tlsClientError', () => {});
let attached: AttachedTicketKeys;
/** Whether the callback is being called without Node, with odd arguments. */
let isOdd = false;
attach();
await attached!.ready;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;

/** Tickets that the attached keys have been asked about so far. */
let before = 0;
/** Names of keys that are or were in the ring. */
const names: Buffer[] = [];
const ODD = [
  undefined,
  null,
  'name',
  1,
  {},
  [],
  ...[0, 15, 16, 17].map((size) => randomBytes(size)),
];
const seen = {
  asked: 0,
  accepted: 0,
  unknown: 0,
  handshakes: 0,
  resumed: 0,
  uncaught,
  errors: 0,
  calls: 0,
  broken: 0,
};

for (let hello = 0; seen.asked < TICKETS; hello++) {
  await sendHello(Array.from({ length: IDENTITIES }, identity));
  count();
  if (hello % 10 === 0) change();
  if (hello % 50 === 0) await shakeHands();
}
for (; seen.calls < CALLS; seen.calls++) {
  if (seen.calls % 1000 === 0) change();
  if (seen.calls % 100_000 === 0) await shakeHands(); // lets the event loop turn
  if (!isWhole(callDirectly())) seen.broken++;
}
process.stdout.write(`${JSON.stringify(seen)}\n`);
process.exit(uncaught.length > 0 || seen.broken > 0 ? 1 : 0);

function callDirectly(): unknown {
  const { context } = server._sharedCreds as { context: NativeContext }; // oxlint-disable-line no-underscore-dangle
  const { onticketkeycallback: answer } = context as { onticketkeycallback?: Function };
  // One of a list. Not crypto's: a million of these would take most of the time.
  const any = (list: readonly unknown[]): unknown => list[Math.floor(Math.random() * list.length)];
  const argument = (): unknown => (Math.random() < 0.7 ? (any(names) ?? ODD[0]) : any(ODD));
  // A context that has not had a connection yet has no callback.
  if (answer === undefined) return UNKNOWN;
  isOdd = true;
  try {
    return Reflect.apply(answer, Math.random() < 0.9 ? context : undefined, [argument(), argument(), Math.random() < 0.5]); // prettier-ignore
  } finally {
    isOdd = false;
  }
}

/** Whether Node would take it: see `TicketKeyAnswer`. */
function isWhole(answer: unknown): boolean {
  if (!Array.isArray(answer) || ![0, 1, 2].includes(answer[0] as number)) return false;
  const [, ...parts] = answer as unknown[];
  return (
    (parts.length === 2 || parts.length === 4) &&
    parts.every((part) => Buffer.isBuffer(part) && part.length === 16)
  );
}

function attach(): void {
  attached = attachTicketKeys(server, {
    secret: secrets[0]!,
    period: PERIOD,
    // Odd arguments are reported; real ones give no reason to.
    onError: (error) => !isOdd && uncaught.push(`reported: ${String(error)}`),
  });
}

/** Adds what has been asked since the last time. */
function count(): void {
  const { accepted, unknown, errors } = attached.stats();
  const all = unknown + Object.values(accepted).reduce((sum, some) => sum + some, 0);
  seen.asked += all - before;
  before = all;
  seen.errors = errors;
}

/** One of the things that happen to a server, at the worst time. */
function change(): void {
  const what = randomInt(7);
  if (what === 0) ahead = randomInt(-50, 50) * PERIOD * 1000;
  if (what === 1) ahead = (randomInt(2) ? 1 : -1) * randomInt(2 ** 40);
  if (what === 2) Date.now = () => [NaN, Infinity, -1, 0, 2 ** 60][randomInt(5)]!;
  if (what === 3) attached.setSecrets(secrets.toSorted(() => randomInt(2) - 0.5));
  if (what === 4) server.setSecureContext(options);
  if (what === 5) server.requestCert = !server.requestCert;
  if (what === 6) {
    seen.accepted += Object.values(attached.stats().accepted).reduce((sum, some) => sum + some, 0);
    seen.unknown += attached.stats().unknown;
    attached.detach();
    attach();
    before = 0;
  }
  if (what !== 2) Date.now = () => realNow() + ahead;
}

/** A connection as it should be: whatever happened before, it works, and resumes at once. */
async function shakeHands(): Promise<void> {
  server.requestCert = false;
  ahead = 0;
  Date.now = () => realNow();
  server.setSecureContext(options); // no ticket is made in one whose `requestCert` has just changed
  const { session } = await connectTls(port);
  const { resumed } = await connectTls(port, session);
  seen.handshakes += 2;
  if (resumed) seen.resumed++;
  names.push(ticketName(session));
  if (names.length > 200) names.shift();
}

/** The first 16 bytes of the ticket in a session, which are its key's name: [10] in the DER. */
function ticketName(session: Buffer): Buffer {
  for (let at = session.indexOf(0xaa); at >= 0; at = session.indexOf(0xaa, at + 1)) {
    // [10] of a length in one or two bytes, then an OCTET STRING of all of it.
    const lengthBytes = session[at + 1]! > 0x80 ? session[at + 1]! & 0x7f : 0;
    const inner = at + 2 + lengthBytes;
    if (session[inner] !== 0x04) continue;
    const start = inner + 2 + (session[inner + 1]! > 0x80 ? session[inner + 1]! & 0x7f : 0);
    return session.subarray(start, start + 16);
  }
  return Buffer.alloc(16);
}

/** A ticket of the right form: name, IV, some encrypted bytes, MAC. */
function identity(): Buffer {
  const body = randomBytes([0, 1, 15, 16, 32, 48, 64][randomInt(7)]! + 48);
  if (names.length > 0 && randomInt(2))
    return Buffer.concat([names[randomInt(names.length)]!, body]);
  return Buffer.concat([randomInt(5) ? randomBytes(16) : Buffer.alloc(16, randomInt(256)), body]);
}

/** Sends a ClientHello of TLS 1.3, waits for the first of whatever comes, and goes. */
async function sendHello(identities: Buffer[]): Promise<void> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => {});
  socket.on('data', () => socket.destroy());
  socket.write(clientHello(identities));
  await once(socket, 'close');
}

function clientHello(identities: Buffer[]): Buffer {
  const extension = (type: number, body: Buffer): Buffer =>
    Buffer.concat([uint16(type), vector(2, body)]);
  const offered = identities.map((each) => Buffer.concat([vector(2, each), randomBytes(4)]));
  const binders = identities.map(() => vector(1, randomBytes(32)));
  const extensions = Buffer.concat([
    extension(43, vector(1, uint16(0x0304))), // supported_versions
    extension(10, vector(2, uint16(0x001d))), // supported_groups: x25519
    extension(13, vector(2, uint16(0x0403))), // signature_algorithms: ecdsa_secp256r1_sha256
    extension(51, vector(2, Buffer.concat([uint16(0x001d), vector(2, randomBytes(32))]))), // key_share
    extension(45, vector(1, Buffer.from([1]))), // psk_key_exchange_modes: psk_dhe_ke
    extension(
      41,
      Buffer.concat([vector(2, Buffer.concat(offered)), vector(2, Buffer.concat(binders))]),
    ), // pre_shared_key
  ]);
  const body = Buffer.concat([
    uint16(0x0303),
    randomBytes(32),
    vector(1, randomBytes(32)),
    vector(2, Buffer.concat([uint16(0x1301), uint16(0x1302)])),
    vector(1, Buffer.from([0])),
    vector(2, extensions),
  ]);
  const message = Buffer.concat([Buffer.from([1]), vector(3, body)]);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += 16_384) {
    records.push(Buffer.from([22, 3, 1]), vector(2, message.subarray(at, at + 16_384)));
  }
  return Buffer.concat(records);
}

function uint16(value: number): Buffer {
  return Buffer.from([value >> 8, value & 0xff]);
}

/** `body` after its length in so many bytes. */
function vector(bytes: number, body: Buffer): Buffer {
  const length = Buffer.alloc(bytes);
  length.writeUIntBE(body.length, 0, bytes);
  return Buffer.concat([length, body]);
}
