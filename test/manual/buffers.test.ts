// Node's TLS events hand out Buffers, whose `slice` is a view: a copy must be one all the same.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { id, NOW, session } from './support.ts';

const test = suite('Buffers');

/** A Buffer of 32 bytes that is overwritten after `use`. */
function lend(use: (lent: Buffer) => void): void {
  const lent = Buffer.alloc(32, 1);
  use(lent);
  lent.fill(2);
}

const ones = new Uint8Array(32).fill(1);

test('a session keeps its id, context and tags when the caller overwrites what it gave', () => {
  let made!: Session;
  lend((lent) => {
    made = new Session({ id: lent, sessionIdContext: lent, tags: [lent], time: NOW });
  });
  assert.equal([made.id, made.sessionIdContext, made.tags], [ones, ones, [ones]]);
  lend((lent) => made.setId(lent));
  lend((lent) => made.setSessionIdContext(lent));
  assert.equal([made.id, made.sessionIdContext], [ones, ones]);
});

test('what a session hands out is not its own', () => {
  const made = new Session({
    id: Buffer.alloc(32, 1),
    sessionIdContext: Buffer.alloc(32, 1),
    tags: [Buffer.alloc(32, 1)],
  });
  made.id.fill(2);
  made.sessionIdContext.fill(2);
  made.tags[0]?.fill(2);
  assert.equal([made.id, made.sessionIdContext, made.tags], [ones, ones, [ones]]);
});

test('a duplicate has data of its own', () => {
  const made = session(1, { data: Buffer.alloc(32, 1) });
  const copy = made.dup();
  made.data.fill(2);
  assert.equal(copy.data, ones);
});

test('a cache keeps its context when the caller overwrites what it gave', () => {
  let cache!: SessionCache;
  lend((lent) => {
    cache = new SessionCache({ sessionIdContext: lent, now: () => NOW });
  });
  cache.addSession(session(1, { sessionIdContext: ones }));
  assert.ok(cache.resumeSession(id(1)));
  lend((lent) => cache.setSessionIdContext(lent));
  assert.ok(cache.resumeSession(id(1)));
});

test('the id of a new session, from the caller or the generate callback, is its own', () => {
  const cache = new SessionCache({ now: () => NOW });
  let made!: Session;
  lend((lent) => {
    made = cache.createSession({ id: lent });
  });
  assert.equal(made.id, ones);
  const reused = Buffer.alloc(32, 1);
  cache.setGenerateSessionIdCallback(() => reused);
  const generated = cache.generateSessionId();
  reused.fill(2);
  assert.equal(generated, ones);
});

test('a resumed session keeps the id it was asked by, and the callback gets a copy', async () => {
  const cache = new SessionCache({ now: () => NOW });
  cache.addSession(new Session({ id: ones, time: NOW }));
  let found: Session | undefined;
  lend((lent) => {
    found = cache.resumeSession(lent, { sessionIdContext: Buffer.alloc(0) });
  });
  assert.equal(found?.id, ones);

  let asked!: Uint8Array;
  cache.setGetSessionCallback(async (_connection, wanted) => {
    asked = wanted;
    await Promise.resolve();
    return new Session({ id: new Uint8Array(32).fill(3), time: NOW });
  });
  const lent = Buffer.alloc(32, 3);
  const answer = cache.resumeSessionAsync(lent);
  lent.fill(2);
  assert.equal(asked, new Uint8Array(32).fill(3));
  assert.ok(await answer);
});

test.run();
