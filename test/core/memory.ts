// What the tests of memory share: caches on the debug core, and a search through all of it.

import { engineOf } from '../../bindings/cache/internal.ts';
import { Session, SessionCache, type SessionCacheOptions } from '../../bindings/index.ts';
import { debugModule } from '../support/debug-core.ts';
import type { Random } from '../support/random.ts';
import { NOW } from '../support/clock.ts';

export { validate } from '../model/validate.ts';
export { NOW };

/** A cache on the debug core, at a clock that stands still. */
export function debugCache(options: SessionCacheOptions = {}): SessionCache {
  return new SessionCache({ now: () => NOW, module: debugModule(), ...options });
}

/** All of the cache's linear memory, as it is now. */
export function memoryOf(cache: SessionCache): Buffer {
  return Buffer.from(engineOf(cache).memory.core.memory.buffer);
}

/** A session whose data is nothing but a marker of 8 bytes, over and over. */
export function marked(serial: number, length: number, extra: object = {}): Session {
  return new Session({
    id: idOf(serial),
    data: marker(serial, length),
    time: NOW,
    timeout: 300,
    ...extra,
  });
}

export function idOf(serial: number): Uint8Array {
  const id = new Uint8Array(32);
  new DataView(id.buffer).setUint32(0, serial);
  return id;
}

/** `length` bytes that no other serial has: even 8 of them tell. */
export function marker(serial: number, length: number): Buffer {
  const unit = Buffer.alloc(8, 0xa5);
  unit.writeUInt32LE(Math.imul(serial + 1, 0x9e3779b1) >>> 0, 2);
  return Buffer.alloc(length, unit);
}

/** Whether any 8 bytes in a row of the session's data are left in memory. */
export function isLeft(cache: SessionCache, serial: number): boolean {
  const unit = marker(serial, 16);
  const memory = memoryOf(cache);
  for (let shift = 0; shift < 8; shift++) {
    if (memory.includes(unit.subarray(shift, shift + 8))) return true;
  }
  return false;
}

/** Sizes as they come: most sessions are small, some carry certificates, a few are huge. */
export function mixedSize(random: Random): number {
  const kind = random(20);
  if (kind < 12) return 150 + random(30);
  if (kind < 17) return 700 + random(200);
  return kind < 19 ? random(64) : random(16385);
}
