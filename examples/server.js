// The server of `npm start`, in a process of its own so that the CPU time it reports is the
// server's alone. Answers `{ call, argument }` messages from start.js with what `calls` returns.

import { constants } from 'node:crypto';
import { createServer } from 'node:tls';
import { parseArgs } from 'node:util';
import { SessionCache, SessionCacheMode } from 'sesscache';
import { attachServer } from 'sesscache/node';
import { readCertificate } from './certificates.js';

const { mode } = parseArgs({ options: { mode: { type: 'string', default: 'server' } } }).values;

const cache = new SessionCache({
  mode: mode === 'off' ? SessionCacheMode.OFF : SessionCacheMode.SERVER,
});

const certificates = [readCertificate('rsa'), readCertificate('ecdsa')];
const server = createServer({
  key: certificates.map(({ key }) => key),
  cert: certificates.map(({ cert }) => cert),
  secureOptions: constants.SSL_OP_NO_TICKET,
  sessionIdContext: 'npm-start',
});
const attached = attachServer(server, cache, {
  tls13: true,
  // A server in service goes on; here it means a bug, and start.js reports that this process ended.
  onError(error) {
    console.error(error);
    process.exit(1);
  },
});
server.on('secureConnection', (socket) => {
  socket.on('error', () => {});
  socket.end('.'); // before Node 26 a client misses its TLS 1.3 sessions if nothing follows them
});

const calls = {
  /** CPU time of this process so far, in microseconds. */
  cpu: () => {
    const { user, system } = process.cpuUsage();
    return user + system;
  },
  stats: () => cache.stats(),
  attached: () => attached.stats(),
  setTimeout: (seconds) => cache.setTimeout(seconds),
  flush: () => cache.flushSessions(0),
};

const answer = (result) => process.send?.({ result });
process.on('message', ({ call, argument }) => answer(calls[call](argument)));
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  answer(/** @type {import('node:net').AddressInfo} */ (server.address()).port);
});
