// A server with ticket keys that prints its secrets, masked, as a line of JSON: once while they are
// in use, and once after they should be gone. After each line it waits for a line of input.

import { createSecretKey } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { readCertificate } from '../../examples/certificates.js';
import { attachTicketKeys } from '../../bindings/tickets/index.ts';
import { mask } from '../support/masked.ts';

const masked: string[] = [];

/** Bytes outside V8's heap, whose garbage collector moves objects and leaves copies behind. */
function makeSecret(): Uint8Array {
  const secret = crypto.getRandomValues(new Uint8Array(new ArrayBuffer(32)));
  masked.push(mask(secret));
  return secret;
}

async function tell(): Promise<void> {
  for (let i = 0; i < 3; i++) {
    globalThis.gc!();
    await sleep(50);
  }
  process.stdout.write(`${JSON.stringify(masked)}\n`);
  await once(process.stdin, 'data');
}

const certificate = readCertificate('rsa');
const server = createServer({ ...certificate, sessionIdContext: 'secrets' }, (socket) => {
  socket.on('error', () => {});
  socket.end('x');
});
const [one, two, ratcheted] = [makeSecret(), makeSecret(), makeSecret()] as const;
const since = Math.floor(Date.now() / 1000) - 10_000;
const secrets = [one, createSecretKey(two), { secret: ratcheted, since }];
const attached = attachTicketKeys(server, { secrets });
two.fill(0);
for (const wrong of [
  [one, one],
  [one, new Uint8Array(32)],
  [one, 'text'],
]) {
  try {
    attached.setSecrets(wrong as Uint8Array[]);
  } catch {
    // as it should: and no copy of what was right about it is to stay
  }
}
await attached.ready;
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
for (let i = 0; i < 4; i++) {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }).resume();
  await once(socket, 'close');
}
for (const { secret } of attached.exportRatchets()) {
  masked.push(mask(secret));
  secret.fill(0);
}
await tell();

attached.setSecrets([ratcheted, one]);
attached.detach();
for (const secret of [one, ratcheted]) secret.fill(0);
secrets.length = 0;
server.close();
await tell();
process.exit();
