// A server of handshakes.js, in a process of its own, which counts its CPU time.

import { constants } from 'node:crypto';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { SessionCache } from 'sesscache';
import { attachServer } from 'sesscache/node';
import { readCertificate } from '../examples/certificates.js';
import { keepByMinimalReader, makeRoom } from './minimal-reader.js';
import { countBlocks } from './paired/counter.js';

/** @typedef {import('node:tls').Server} Server */

const [version, name, member, folder, size, way] = process.argv.slice(2);
const certificate = name === 'ecdsa' ? 'ecdsa' : 'rsa';

/** @type {(() => Record<string, number>) | undefined} */
let times;
const served = serve();
const spent = times;
await countBlocks([served], Number(size), spent && (() => total(spent())));

/** See `waysOf` in handshakes.js. */
function serve() {
  const server = createServer({
    ...readCertificate(certificate),
    maxVersion: version === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2',
    sessionIdContext: 'bench',
    secureOptions: way === 'tickets' ? 0 : constants.SSL_OP_NO_TICKET,
    ...(member && {
      requestCert: true,
      rejectUnauthorized: true,
      ca: readCertificate('client').cert,
    }),
  });
  if (way === 'events') listenAndDoNothing(server);
  if (way === 'map') keepInMap(server);
  if (way === 'reader') keepByMinimalReader(server);
  if (way === 'cache') attach(server, { SessionCache, attachServer });
  if (way === 'before') attach(server, earlier());
  return server;
}

/** The package of an earlier checkout, built. */
function earlier() {
  const require = createRequire(join(folder, 'package.json'));
  return { ...require('sesscache'), ...require('sesscache/node') };
}

function attach(/** @type {Server} */ server, { SessionCache: Cache, attachServer: attachTo }) {
  const attached = attachTo(server, new Cache(), {
    tls13: version === 'TLSv1.3',
    onError(error) {
      throw error;
    },
  });
  times = () => attached.stats().time;
}

/** What many servers use instead: no checks, no expiry. */
function keepInMap(/** @type {Server} */ server) {
  const sessions = new Map();
  server.on('newSession', (id, data, done) => {
    sessions.set(id.toString('hex'), data);
    makeRoom(sessions);
    done();
  });
  server.on('resumeSession', (id, done) => done(null, sessions.get(id.toString('hex')) ?? null));
}

/** The minimum for any store of sessions: Node makes them, and calls two listeners. */
function listenAndDoNothing(/** @type {Server} */ server) {
  server.on('newSession', (_id, _data, done) => done());
  server.on('resumeSession', (_id, done) => done(null, null));
}

function total(/** @type {Record<string, number>} */ time) {
  return Object.values(time).reduce((sum, part) => sum + part, 0);
}
