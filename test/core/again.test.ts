// A lookup remembers what passed its tests last (L4 in assembly/shared-records.ts). Whatever
// changes after a hit, the next lookup must see it.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Session, SessionCache, SessionCacheOptions } from '../../bindings/index.ts';
import { debugModule } from '../support/debug-core.ts';
import { validate } from './memory.ts';
import { cacheAt, type Clock, errorOf, id, NOW, session } from '../manual/support.ts';

const test = suite('the lookup after a hit');

const A = Uint8Array.of(1);
const B = Uint8Array.of(2);

const caches: SessionCache[] = [];

test.after.each(() => {
  for (const cache of caches.splice(0)) validate(cache);
});

/** A cache of one session that has been hit, in the debug build, which checks L4 itself. */
function hit(
  options: SessionCacheOptions = {},
  of: Partial<ConstructorParameters<typeof Session>[0]> = {},
): { cache: SessionCache; clock: Clock; made: Session } {
  const { cache, clock } = cacheAt({ module: debugModule(), ...options });
  const made = session(1, { sessionIdContext: options.sessionIdContext, ...of });
  cache.addSession(made);
  assert.ok(cache.viewSession(id(1)));
  assert.ok(cache.viewSession(id(1)));
  caches.push(cache);
  return { cache, clock, made };
}

test('is for another context when that of the cache has changed', () => {
  const { cache } = hit({ sessionIdContext: A });
  cache.setSessionIdContext(B);
  assert.is(cache.viewSession(id(1)), undefined);
  cache.setSessionIdContext(A);
  assert.ok(cache.viewSession(id(1)));
});

test('is for the context of its connection, and then for that of the cache again', () => {
  const { cache } = hit({ sessionIdContext: A });
  assert.is(cache.viewSession(id(1), { sessionIdContext: B }), undefined);
  assert.ok(cache.viewSession(id(1)));
  assert.ok(cache.viewSession(id(1), { sessionIdContext: A }));
  assert.is(cache.stats().missCauses.context, 1);
});

test('sees a context that the session has been given', () => {
  const { cache, made } = hit({ sessionIdContext: A });
  made.setSessionIdContext(B);
  assert.is(cache.viewSession(id(1)), undefined);
});

test('sees a session of another context where the last of a context was', () => {
  const { cache, made } = hit({ sessionIdContext: A });
  cache.removeSession(made);
  cache.addSession(session(1, { sessionIdContext: B }));
  assert.is(cache.viewSession(id(1)), undefined);
  cache.addSession(session(2, { sessionIdContext: A }));
  assert.ok(cache.viewSession(id(2)));
});

test('refuses a server that verifies peers and has no context', () => {
  const { cache } = hit();
  const error = errorOf(() => cache.viewSession(id(1), { verifyPeer: true }));
  assert.is((error as { code?: string }).code, 'ERR_SESSION_ID_CONTEXT_UNINITIALIZED');
  assert.ok(cache.viewSession(id(1)));
  cache.setVerifyPeer(true);
  assert.throws(() => cache.viewSession(id(1)));
});

test('compares extended master secret', () => {
  const { cache } = hit();
  assert.is(cache.viewSession(id(1), { extendedMasterSecret: true }), undefined);
  assert.ok(cache.viewSession(id(1), { extendedMasterSecret: false }));
  assert.ok(cache.viewSession(id(1)));
  assert.is(cache.viewSession(id(1), { extendedMasterSecret: true }), undefined);
});

test('knows each version’s absolute lifetime', () => {
  const { cache, clock } = hit({ maxLifetime: { tls12: 10, tls13: 20 } });
  cache.addSession(session(1, { protocolVersion: 0x0304 }));
  clock.now = NOW + 10;
  assert.ok(cache.viewSession(id(1)));
  clock.now = NOW + 15;
  assert.ok(cache.viewSession(id(1), { protocolVersion: 0x0304 }));
  assert.is(cache.viewSession(id(1)), undefined);
  assert.ok(cache.viewSession(id(1), { protocolVersion: 0x0304 }));
  clock.now = NOW + 21;
  assert.is(cache.viewSession(id(1), { protocolVersion: 0x0304 }), undefined);
  assert.is(cache.stats().missCauses.expired, 2);
});

test('finds a session at its last second and not a second later', () => {
  const { cache, clock } = hit();
  clock.now = NOW + 300;
  assert.ok(cache.viewSession(id(1)));
  clock.now = NOW + 301;
  assert.is(cache.viewSession(id(1)), undefined);
  assert.is(cache.stats().number, 0);
});

test('sees that the mode looks nowhere, or renews', () => {
  const { cache, clock } = hit();
  const usual = cache.getSessionCacheMode();
  cache.setSessionCacheMode(usual | 0x100);
  assert.is(cache.viewSession(id(1)), undefined);
  cache.setSessionCacheMode(usual | 0x400);
  clock.now = NOW + 200;
  assert.is(cache.viewSession(id(1))?.time, NOW + 200);
  cache.setSessionCacheMode(0);
  assert.is(cache.viewSession(id(1)), undefined);
});

test.run();
