// What the TLS of this runtime does for a server with a session cache. It is not derived from the
// runtime's name or version, but tried once in a process, by a handshake in memory that ends after
// its ClientHello. That hello is made here, so no client influences the result.

import { constants } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { createSecureContext, TLSSocket } from 'node:tls';
import { closeTap, openTap } from '../hello/byte-tap.ts';
import { PROBE_IDENTITY, probeHello } from '../hello/probe-hello.ts';
import { handleBelow, handleOf, type NodeTlsSocket, type TlsHandle } from './internals.ts';
import { observeSockets } from './tls-sockets.ts';

/** The missing feature; undefined: none. */
type Missing =
  /** TLS sockets of a server cannot be observed when they are made, or never ask for sessions. */
  | 'events'
  /** The bytes of a connection cannot be read before TLS gets them. */
  | 'bytes';

interface Findings {
  missing: Missing | undefined;
  givesIdentities: boolean;
}

let findings: Findings | undefined;

/** The feature that this runtime lacks, determined on the first call. */
export function missingInRuntime(): Missing | undefined {
  findings ??= tryHello();
  return findings.missing;
}

/**
 * Whether `resumeSession` brings the PSK identity of a TLS 1.3 hello. Node up to 26 brings the
 * legacy session id, under which no session was ever stored. A runtime that emits the event later
 * than it has the hello, as Node 26 does, is known to give them from then on.
 */
export function givesIdentities(): boolean {
  findings ??= tryHello();
  return findings.givesIdentities;
}

/** A stream whose handle can be made to read bytes at once. */
interface TestHandle {
  readBuffer?(bytes: Buffer): void;
}

function tryHello(): Findings {
  const found: Findings = { missing: 'events', givesIdentities: false };
  let seen: NodeTlsSocket | undefined;
  const server = new EventEmitter();
  server.on('resumeSession', (id: Uint8Array) => {
    // Not answered, so that the handshake stops here.
    if (PROBE_IDENTITY.equals(id)) found.givesIdentities = true;
  });
  const below = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
  let socket: TLSSocket | undefined;
  try {
    const stop = observeSockets(server, (made) => (seen = made));
    socket = new TLSSocket(below, {
      isServer: true,
      // Node asks nothing of it but its listeners.
      server: server as never,
      secureContext: createSecureContext({ secureOptions: constants.SSL_OP_NO_TICKET }),
    });
    stop();
    socket.on('error', () => {});
    const handle = seen && handleOf(seen);
    if (!handle || !asksForSessions(handle)) return found;
    found.missing = 'bytes';
    if (readsBytes(handle)) found.missing = undefined;
    handle.receive(probeHello());
  } catch {
    // The results until then count.
  } finally {
    socket?.destroy();
    below.destroy();
  }
  return found;
}

function asksForSessions(handle: Partial<TlsHandle>): boolean {
  const { onclienthello, onnewsession, onhandshakedone, onerror, receive } = handle;
  return [onclienthello, onnewsession, onhandshakedone, onerror, receive].every(
    (method) => typeof method === 'function',
  );
}

function readsBytes(handle: TlsHandle): boolean {
  const sent = Buffer.from([22, 3, 1]);
  let got: Buffer | undefined;
  const tap = openTap(handleBelow(handle), {
    onBytes(bytes) {
      got = bytes;
    },
  });
  try {
    (handleBelow(handle) as TestHandle).readBuffer?.(sent);
  } finally {
    closeTap(tap);
  }
  return got?.equals(sent) === true;
}
