import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forgeSessionCache } from '../../bindings/forge/index.ts';
import { SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import { bothSides, cacheAt, clientOf, close, connect, open } from './harness.ts';
import type { Outcome } from './harness.ts';

const test = suite('forge resumes');

/** Both ends agree on the outcome, and have exchanged text. */
function went(outcome: Outcome, how: 'full' | 'resumed'): void {
  assert.equal(outcome, {
    server: how,
    client: how,
    received: { server: 'hello from the client', client: 'hello from the server' },
    errors: [],
  });
}

for (const unwatched of [false, true]) {
  const how = unwatched ? 'a plain sessionCache' : 'watched connections';

  test(`the second connection and all later ones, with ${how}`, () => {
    const { server, client } = bothSides();
    went(connect({ server, client, unwatched }), 'full');
    for (let i = 0; i < 3; i++) went(connect({ server, client, unwatched }), 'resumed');
    assert.equal(server.stats().handshakes, { full: 1, resumed: 3 });
    assert.equal(client.stats().handshakes, { full: 1, resumed: 3 });
  });

  test(`and counts as OpenSSL does, with ${how}`, () => {
    const { serverCache, clientCache, server, client } = bothSides();
    for (let i = 0; i < 3; i++) connect({ server, client, unwatched });
    const { accept, acceptGood, hits, number } = serverCache.stats();
    assert.equal({ accept, acceptGood, hits, number }, { accept: 3, acceptGood: 3, hits: 2, number: 1 }); // prettier-ignore
    const mine = clientCache.stats();
    assert.is(mine.connect, 3);
    assert.is(mine.connectGood, 3);
    assert.is(mine.hits, 2);
    assert.is(mine.number, 1);
  });

  test(`not after the timeout, which resuming does not prolong, with ${how}`, () => {
    const { clock, server, client } = bothSides({ timeout: 300 });
    const lasting = clientOf(cacheAt(1000, { timeout: 10_000 }).cache);
    went(connect({ server, client: lasting, unwatched }), 'full');
    clock.now += 300;
    went(connect({ server, client: lasting, unwatched }), 'resumed');
    clock.now += 1;
    went(connect({ server, client: lasting, unwatched }), 'full');
    went(connect({ server, client, unwatched }), 'full');
  });

  test(`not what was removed while a resumed connection was open, with ${how}`, () => {
    const { serverCache, server, client } = bothSides();
    went(connect({ server, client, unwatched }), 'full');
    const pair = open({ server, client, unwatched });
    went(pair.outcome, 'resumed');
    serverCache.flushSessions(0);
    close(pair);
    assert.is(serverCache.stats().number, 0);
    went(connect({ server, client, unwatched }), 'full');
  });

  test(`not a session that no client named, with ${how}`, () => {
    const { server, client } = bothSides();
    went(connect({ server, client, unwatched }), 'full');
    const stranger = clientOf(new SessionCache({ mode: SessionCacheMode.CLIENT }));
    went(connect({ server, client: stranger, unwatched }), 'full');
    went(connect({ server, unwatched }), 'full'); // a client without any cache
    assert.is(server.stats().misses.blank, 3);
    went(connect({ server, client, unwatched }), 'resumed');
  });
}

test('a client whose session expired makes a full handshake', () => {
  const { clock, clientCache, server, client } = bothSides({ timeout: 10_000 });
  went(connect({ server, client }), 'full');
  clock.now += clientCache.getTimeout() as number;
  went(connect({ server, client }), 'resumed');
  clock.now += 1;
  went(connect({ server, client }), 'full');
  assert.is(clientCache.stats().removals.expired, 1);
  assert.is(client.stats().misses.absent, 2);
});

test('a client whose session is past its absolute lifetime makes a full handshake', () => {
  const { cache, clock } = cacheAt(5000, { timeout: 10_000, maxLifetime: 60 });
  const { server } = bothSides({ timeout: 10_000 });
  const client = clientOf(cache);
  went(connect({ server, client }), 'full');
  clock.now += 60;
  went(connect({ server, client }), 'resumed');
  clock.now += 1;
  went(connect({ server, client }), 'full');
});

test('a client whose clock was set back does not offer a session from the future', () => {
  const { cache, clock } = cacheAt(5000, { timeout: 10_000 });
  const { server } = bothSides({ timeout: 10_000 });
  const client = clientOf(cache);
  went(connect({ server, client }), 'full');
  clock.now -= 60;
  went(connect({ server, client }), 'resumed');
  clock.now -= 1;
  went(connect({ server, client }), 'full');
  assert.is(client.stats().misses.absent, 2);
});

test('an evicted session is not resumed', () => {
  const { server, client } = bothSides({ size: 1 });
  const { client: other } = bothSides();
  went(connect({ server, client }), 'full');
  went(connect({ server, client: other }), 'full');
  went(connect({ server, client }), 'full');
  went(connect({ server, client }), 'resumed');
});

test('a session stays in its context', () => {
  const { serverCache, client } = bothSides();
  const [first, second] = [1, 2].map((byte) =>
    forgeSessionCache(serverCache, { role: 'server', sessionIdContext: Uint8Array.of(byte) }),
  );
  went(connect({ server: first, client }), 'full');
  went(connect({ server: second, client }), 'full');
  went(connect({ server: second, client }), 'resumed');
  assert.is(serverCache.stats().missCauses.context, 1);
});

test('a client keeps a session for each peer and each policy', () => {
  const { server, clientCache } = bothSides();
  const long = 'a'.repeat(1000);
  const clients = [
    clientOf(clientCache),
    clientOf(clientCache, { peer: 'example.net:443' }),
    clientOf(clientCache, { sessionIdContext: Uint8Array.of(1) }),
    clientOf(clientCache, { peer: long }),
    clientOf(clientCache, { peer: `${long}b` }),
  ];
  for (const client of clients) went(connect({ server, client }), 'full');
  assert.is(clientCache.stats().number, clients.length);
  for (const client of clients) went(connect({ server, client }), 'resumed');
  const again = clientOf(clientCache, { peer: new TextEncoder().encode('example.net:443') });
  went(connect({ server, client: again }), 'resumed');
});

test('a client and a server may stand on one cache', () => {
  const { cache } = cacheAt(1000);
  const server = forgeSessionCache(cache, { role: 'server' });
  const client = clientOf(cache);
  went(connect({ server, client }), 'full');
  went(connect({ server, client }), 'resumed');
  assert.is(cache.stats().number, 2);
});

test('several watched connections resume one session at the same time', () => {
  const { server, client } = bothSides();
  went(connect({ server, client }), 'full');
  const pairs = [1, 2, 3].map(() => open({ server, client }));
  for (const pair of pairs) went(pair.outcome, 'resumed');
  for (const pair of pairs) {
    pair.client.prepare(', and on');
    assert.is(pair.outcome.received.server, 'hello from the client, and on');
    close(pair);
  }
});

test('a watched session is resumed while the connection that made it is still open', () => {
  const { server, client } = bothSides();
  const pair = open({ server, client });
  went(connect({ server, client }), 'resumed');
  close(pair);
  went(connect({ server, client }), 'resumed');
  assert.is(server.stats().stored, 1);
});

test('what leaves the cache can be kept outside it and supplied again', () => {
  const outside = new Map<string, Uint8Array>();
  const { serverCache, server, client } = bothSides({
    mode: SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL,
  });
  serverCache.setNewSessionCallback((_connection, session) => {
    outside.set(session.id.join(), session.data); // by reference: it is the callback's own
  });
  serverCache.setGetSessionCallback(({ protocolVersion, sessionIdContext }, id) => {
    const data = outside.get(id.join());
    if (!data) return undefined;
    const about = { protocolVersion, sessionIdContext };
    return serverCache.createSession({ id, data, connection: about });
  });
  went(connect({ server, client }), 'full');
  went(connect({ server, client }), 'resumed');
  assert.is(serverCache.stats().cbHits, 1);
  assert.is(serverCache.stats().number, 0);
});

test('sessions are revoked by the tags of their adapter', () => {
  const { serverCache, client } = bothSides();
  const server = forgeSessionCache(serverCache, { role: 'server', tags: ['site'] });
  went(connect({ server, client }), 'full');
  assert.is(serverCache.revoke({ tag: 'site' }), 1);
  went(connect({ server, client }), 'full');
});

test.run();
