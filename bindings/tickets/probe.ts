// Tries Node's ticket key callback out: real handshakes in memory, by pre-shared key and so without
// a certificate, in both versions, each with a ticket that is new, used, renewed and unknown. Once
// in a process; it takes some milliseconds.

import { randomBytes } from 'node:crypto';
import { Duplex } from 'node:stream';
import { connect, createSecureContext, TLSSocket } from 'node:tls';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { type NativeContext, NO_TICKET, PART_BYTES, setCallback, Status, type TicketKeyAnswer, UNKNOWN } from './native.ts'; // prettier-ignore

/**
 * After this time the callback counts as unusable. It is long, because a starting program may be
 * busy; until the result is known, the present key is used.
 */
const PROBE_TIMEOUT = 60_000;
const IDENTITY = 'sesscache';

let outcome: Promise<boolean> | undefined;

/** Whether the ticket key callback behaves as expected. Never rejects. */
export function probe(): Promise<boolean> {
  outcome ??= tryOut();
  return outcome;
}

async function tryOut(): Promise<boolean> {
  try {
    return (await tryVersion('TLSv1.2')) && (await tryVersion('TLSv1.3'));
  } catch {
    return false;
  }
}

/** The calls of the tested callback since the last check. */
interface Asked {
  made: number;
  offered: number;
  /** Whether an argument had another form than expected. */
  isStrange: boolean;
}

async function tryVersion(version: 'TLSv1.2' | 'TLSv1.3'): Promise<boolean> {
  const options: SecureContextOptions = {
    minVersion: version,
    maxVersion: version,
    ca: [], // or Node would read its 140 authorities, eight times
    // With SHA-256, as Node's pre-shared keys in TLS 1.3, and regardless of a system's policy.
    ciphers: 'TLS_AES_128_GCM_SHA256:PSK-AES128-GCM-SHA256:PSK-AES128-CBC-SHA256:@SECLEVEL=0',
  };
  const server = createSecureContext(options);
  const native = server.context as NativeContext;
  if (typeof native.enableTicketKeyCallback !== 'function') return false;

  const key = { name: randomBytes(PART_BYTES), hmac: randomBytes(PART_BYTES), aes: randomBytes(PART_BYTES) }; // prettier-ignore
  let status: number = Status.USE;
  let asked: Asked = { made: 0, offered: 0, isStrange: false };
  setCallback(native, function answer(...args): TicketKeyAnswer {
    const [name, iv, isNew] = args;
    asked.isStrange ||= this !== native || !isPart(name) || !isPart(iv);
    if (isNew === true) {
      asked.made++;
      return [Status.USE, key.hmac, key.aes, key.name, randomBytes(PART_BYTES)];
    }
    if (isNew !== false) return NO_TICKET; // as good for either
    asked.offered++;
    return status !== Status.UNKNOWN && key.name.equals(name)
      ? [status, key.hmac, key.aes]
      : UNKNOWN;
  });

  const shake = async (session: Buffer | undefined): Promise<Hands & Asked> => {
    asked = { made: 0, offered: 0, isStrange: false };
    const hands = await shakeHands(server, options, session);
    return { ...hands, ...asked };
  };
  const full = await shake(undefined);
  const used = await shake(full.session);
  status = Status.RENEW;
  const renewed = await shake(full.session);
  status = Status.UNKNOWN;
  const unknown = await shake(full.session);
  const all = [full, used, renewed, unknown];
  return (
    all.every(({ isStrange }) => !isStrange) &&
    all.map(({ resumed }) => resumed).join() === 'false,true,true,false' &&
    all.map(({ offered }) => offered > 0).join() === 'false,true,true,true' &&
    all.map(({ made }) => made > 0).join() === 'true,false,true,true'
  );
}

function isPart(bytes: unknown): boolean {
  return Buffer.isBuffer(bytes) && bytes.length === PART_BYTES;
}

interface Hands {
  /** By ticket; undefined: the ends disagree. */
  resumed: boolean | undefined;
  session: Buffer | undefined;
}

/** A connection in memory: a handshake, one byte to the client, and an orderly end. */
function shakeHands(
  secureContext: SecureContext,
  options: SecureContextOptions,
  session: Buffer | undefined,
): Promise<Hands> {
  return new Promise((resolve, reject) => {
    const [near, far] = pair();
    const psk = Buffer.alloc(32, 'the probe of sesscache/tickets');
    const server = new TLSSocket(far, {
      isServer: true,
      secureContext,
      // In TLS 1.3 it is also asked about tickets that happen to look like an identity.
      pskCallback: (_socket: TLSSocket, identity: string) => {
        if (identity !== IDENTITY) return null;
        isByKey = true;
        return psk;
      },
    } as ConstructorParameters<typeof TLSSocket>[1]);
    const client = connect({
      ...options,
      socket: near,
      servername: 'probe.invalid',
      pskCallback: () => ({ psk, identity: IDENTITY }),
      checkServerIdentity: () => undefined,
      ...(session && { session }),
    });
    let made = session;
    // In TLS 1.3 a handshake by pre-shared key looks like a resumed one.
    let isByKey = false;
    let byServer: boolean | undefined;
    let byClient: boolean | undefined;
    const end = (error?: Error): void => {
      clearTimeout(timer);
      client.destroy();
      server.destroy();
      if (error) reject(error);
      else resolve({ resumed: byServer === byClient ? byClient : undefined, session: made });
    };
    const timer = setTimeout(() => end(new Error('the handshake does not end')), PROBE_TIMEOUT);
    timer.unref();
    server.on('error', end);
    client.on('error', end);
    server.on('secure', () => {
      byServer = server.isSessionReused() && !isByKey;
      server.end('.');
    });
    client.on('secureConnect', () => (byClient = client.isSessionReused() && !isByKey));
    client.on('session', (given: Buffer) => (made = given));
    client.on('end', () => end());
    server.resume();
    client.resume();
  });
}

/** Two streams, each of which reads what is written to the other. */
function pair(): [Duplex, Duplex] {
  const near = new End();
  const far = new End();
  near.other = far;
  far.other = near;
  return [near, far];
}

class End extends Duplex {
  other: End | undefined;

  override _read(): void {
    // what the other end writes is pushed at once
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.other?.push(chunk);
    done();
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }
}
