// The minimum for stateful resumption in TLS 1.3, where Node does not say which session a client
// offers: the ClientHello is parsed, and a Map has the sessions. Only to compare with, never for
// use: it assumes a ClientHello in one piece and in OpenSSL's form, and resumes a session for any
// name, client and policy.

/* oxlint-disable no-underscore-dangle -- the names are Node's */

import { createServer as createHttpServer } from 'node:http';
import { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';

const READS = Symbol('reads hellos');

/** @param {import('node:tls').Server} server */
export function keepByMinimalReader(server) {
  const sessions = new Map();
  /** @type {string | undefined} the first PSK identity of the hello that Node is about to read */
  let identity;
  server.on('newSession', (id, data, done) => {
    sessions.set(id.toString('latin1'), data);
    makeRoom(sessions);
    done();
  });
  server.on('resumeSession', (_id, done) => {
    const data = identity === undefined ? undefined : sessions.get(identity);
    sessions.delete(identity);
    done(null, data ?? null);
  });

  /** Node's HTTP parser, which can be put before a handle: see bindings/node/hello/byte-tap.ts. */
  const Parser = findParser();
  const spare = [];
  const makeTap = () => {
    const tap = new Parser();
    tap.initialize(Parser.REQUEST, {}, 0, 0);
    tap.execute(Buffer.from('CONNECT a:1 HTTP/1.1\r\nhost: a\r\n\r\n'));
    tap.execute(Buffer.from('\0'));
    tap[Parser.kOnExecute] = function onExecute() {
      const bytes = this.getCurrentBuffer();
      this.unconsume();
      spare.push(this);
      identity = identityIn(bytes);
      this.handle.receive(bytes);
      identity = undefined;
    };
    return tap;
  };
  extendConstructor();
  server[READS] = (handle) => {
    const tap = spare.pop() ?? makeTap();
    tap.handle = handle;
    tap.consume(handle._parent);
  };
}

const SESSIONS_MAX = 1024;

/** Drops the oldest of many sessions, which would all burden the garbage collector. */
export function makeRoom(/** @type {Map<string, Buffer>} */ sessions) {
  if (sessions.size <= SESSIONS_MAX) return;
  for (const oldest of sessions.keys()) {
    sessions.delete(oldest);
    return;
  }
}

let isExtended = false;

function extendConstructor() {
  if (isExtended) return;
  isExtended = true;
  const prototype = /** @type {any} */ (TLSSocket.prototype);
  const { _init } = prototype;
  prototype._init = function init(socket, wrap) {
    _init.call(this, socket, wrap);
    this.server?.[READS]?.(this._handle);
  };
}

/** The first identity of `pre_shared_key`, which is the last extension (RFC 8446 §4.2.11). */
function identityIn(/** @type {Buffer} */ hello) {
  let at = 43; // behind the random
  at += 1 + hello[at]; // session id
  at += 2 + hello.readUInt16BE(at); // cipher suites
  at += 1 + hello[at] + 2; // compression methods, length of the extensions
  while (at + 4 <= hello.length) {
    if (hello.readUInt16BE(at) === 41) {
      const length = hello.readUInt16BE(at + 6);
      return hello.toString('latin1', at + 8, at + 8 + length);
    }
    at += 4 + hello.readUInt16BE(at + 2);
  }
  return undefined;
}

function findParser() {
  const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  createHttpServer().emit('connection', socket);
  const { parser } = /** @type {any} */ (socket);
  socket.destroy();
  return parser.constructor;
}
