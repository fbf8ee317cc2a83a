// Caches, sessions and exports for the tests of export and import.

import { randomBytes } from 'node:crypto';
import * as assert from 'uvu/assert';
import {
  ClientSessionCache,
  type ClientSessionCacheOptions,
  ImportError,
  type ImportErrorCode,
  sessionKey,
} from '../../bindings/client/index.ts';
import { makeSession, TLS1_2, TLS1_3 } from './made.ts';

export const NOW = 1_700_000_000;
export const DAY = 86_400;
export const secret = randomBytes(32);

/** The keys of two peers, as two processes would both compute them. */
export const [alice, bob] = ['alice.example', 'bob.example'].map((host) => keyFor({ host })) as [
  Uint8Array,
  Uint8Array,
];

/** A cache whose clock the test sets. */
export type Clocked = ClientSessionCache & { clock: number };

export function cacheAt(time: number, options: ClientSessionCacheOptions = {}): Clocked {
  const clock = { clock: time };
  const cache = new ClientSessionCache({ ...options, now: () => clock.clock });
  return Object.defineProperty(cache, 'clock', {
    get: () => clock.clock,
    set: (now: number) => {
      clock.clock = now;
    },
  }) as Clocked;
}

export function keyFor(options: object): Uint8Array {
  return sessionKey({ port: 443, ...options }) as Uint8Array;
}

export function session(wanted: Partial<Parameters<typeof makeSession>[0]> = {}): Uint8Array {
  return makeSession({ time: NOW, hint: 7200, ...wanted });
}

/** An export with one small session. */
export function small(): Buffer {
  const from = cacheAt(NOW);
  from.put(alice, session());
  const sealed = from.export(secret);
  from.close();
  return sealed;
}

/** A cache with sessions, which an import must not change. */
export function occupied(time = NOW): Clocked {
  const cache = cacheAt(time);
  cache.put(bob, session({ time: time - 5 }));
  cache.put(bob, session({ time: time - 5, protocolVersion: TLS1_2 }));
  return cache;
}

/** The content of an export of one session, encoded by hand. */
export function contentOf(
  data: Uint8Array,
  { key = alice, protocolVersion = TLS1_3, timeout = 100, authTime = NOW } = {},
): Buffer {
  const fields = Buffer.alloc(29);
  fields.writeUInt16BE(protocolVersion, 0);
  fields.writeBigUInt64BE(BigInt(NOW), 2);
  fields.writeBigUInt64BE(BigInt(timeout), 10);
  fields.writeBigUInt64BE(BigInt(authTime), 18);
  fields.writeUInt16BE(data.length, 27);
  return Buffer.concat([key, fields, data]);
}

export function assertRefused(
  cache: Clocked,
  sealed: Uint8Array,
  codes: ImportErrorCode[],
  key: Uint8Array = secret,
  maxAge?: number,
): void {
  const before = cache.stats();
  const error = failureOf(() => cache.import(sealed, key, { maxAge }));
  assert.instance(error, ImportError);
  assert.ok(codes.includes((error as ImportError).code), (error as ImportError).code);
  assert.equal(cache.stats(), before);
}

export function failureOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('this should have failed');
}

export function assertSame(actual: Uint8Array | undefined, expected: Uint8Array): void {
  assert.is(
    Buffer.from(actual as Uint8Array).toString('hex'),
    Buffer.from(expected).toString('hex'),
  );
}

/** All sessions of each peer, in the order in which they are handed out. */
export function drain(cache: ClientSessionCache, keys: Uint8Array[]): string[][] {
  return keys.map((key) => {
    const taken: string[] = [];
    for (let count = cache.count(key); count > 0; count--) {
      taken.push((cache.take(key) as Buffer).toString('hex'));
    }
    return taken;
  });
}
