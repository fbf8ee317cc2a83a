import forge from 'node-forge';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { forgeSessionCache } from '../../bindings/forge/index.ts';
import type { ForgeSessionCache } from '../../bindings/forge/index.ts';
import { Session, SessionCache, SessionCacheMode } from '../../bindings/index.ts';
import { bothSides, cacheAt, clientOf, connect, identity, open } from './harness.ts';

const test = suite('forge and trouble');

/** The session of a full handshake as forge passes it to a cache. */
function realSession(): { id: string; version: object; sp: { master_secret: string } } {
  let seen: unknown;
  const { server, client } = bothSides();
  const recorder = { ...sessionCacheOf(server), setSession: (_id: string, session: unknown) => (seen = session) }; // prettier-ignore
  connect({ server: recorder as unknown as ForgeSessionCache, client, unwatched: true });
  return structuredClone(seen) as ReturnType<typeof realSession>;
}

function sessionCacheOf(sessions: ForgeSessionCache) {
  return { order: sessions.order, getSession: (id: string) => sessions.getSession(id) as unknown };
}

function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

test('a session with any bit of it spoilt is not handed out', () => {
  const { cache } = cacheAt(1000, { mode: SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL });
  const server = forgeSessionCache(cache, { role: 'server' });
  let kept: Session | undefined;
  let data = new Uint8Array(0);
  cache.setNewSessionCallback((_connection, session) => void (kept = session));
  cache.setGetSessionCallback((_connection, id) => {
    const connection = { protocolVersion: kept!.protocolVersion };
    return cache.createSession({ id, data, connection });
  });
  const session = realSession();
  server.setSession(session.id, session);
  data = new Uint8Array(kept!.data);
  assert.is(server.getSession(session.id).sp.master_secret, session.sp.master_secret);
  for (let bit = 0; bit < data.length * 8; bit++) {
    const flip = 1 << (bit & 7);
    data[bit >> 3]! ^= flip;
    assert.is(server.getSession(session.id), null, `bit ${bit}`);
    data[bit >> 3]! ^= flip;
  }
  const whole = data;
  for (let length = 0; length < whole.length; length++) {
    data = whole.slice(0, length);
    assert.is(server.getSession(session.id), null, `${length} bytes`);
  }
  data = Uint8Array.from([...whole, 0]);
  assert.is(server.getSession(session.id), null);
  const { unreadable } = server.stats().misses;
  assert.is(unreadable, whole.length * 9 + 1);
});

test('a spoilt session means a full handshake', () => {
  const outside = new Map<string, Uint8Array>();
  const { serverCache, server, client } = bothSides({
    mode: SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL,
  });
  serverCache.setNewSessionCallback(
    (_, session) => void outside.set(session.id.join(), session.data),
  );
  serverCache.setGetSessionCallback(({ protocolVersion }, id) => {
    const data = outside.get(id.join());
    return data && new Session({ id, data, protocolVersion, time: 1000 });
  });
  connect({ server, client });
  for (const data of outside.values()) data[20]! ^= 1;
  const { server: how, errors } = connect({ server, client });
  assert.equal([how, errors], ['full', []]);
  assert.is(connect({ server, client }).server, 'resumed');
});

test('a session of another role, id or peer is not handed out', () => {
  const { cache } = cacheAt(1000);
  const session = realSession();
  const server = forgeSessionCache(cache, { role: 'server' });
  server.setSession(session.id, session);
  const [cached] = [...cache];
  const id = new Uint8Array(32).fill(9);
  cache.addSession(new Session({ id, data: cached!.data, protocolVersion: 0x0301, time: 1000 }));
  assert.is(server.getSession(textOf(id)), null);
  assert.is(server.stats().misses.unreadable, 1);

  const client = clientOf(cache);
  client.setSession(session.id, structuredClone(session));
  const mine = [...cache].find((each) => ![textOf(id), session.id].includes(textOf(each.id)))!;
  assert.is(server.getSession(textOf(mine.id)), null); // the client's, looked up by the server's name
  assert.is(client.getSession('another id'), null);
  assert.is(client.getSession(session.id).id, session.id);
});

test('what forge is given is its own: to change it changes nothing in the cache', () => {
  const { cache } = cacheAt(1000);
  const server = forgeSessionCache(cache, { role: 'server' });
  const session = realSession();
  const secret = session.sp.master_secret;
  server.setSession(session.id, session);
  session.sp.master_secret = 'x';
  const first = server.getSession(session.id);
  assert.is(first.sp.master_secret, secret);
  Object.assign(first.version, { minor: 9 });
  first.sp.master_secret = 'y';
  const second = server.getSession(session.id);
  assert.equal([second.version, second.sp.master_secret], [session.version, secret]);
});

test('each resumed connection has a server random of its own, so that none can be replayed', () => {
  const { server, client } = bothSides();
  connect({ server, client });
  const flights: string[] = [];
  const recorded = open({
    server,
    client,
    prepare: (end) => {
      const { process } = end;
      end.process = (data) => (flights.push(data), process(data));
    },
  });
  assert.is(recorded.outcome.received.server, 'hello from the client');

  const again = { received: '', errors: [] as string[] };
  const { key, certificate } = identity();
  const victim = server.watch(
    forge.tls.createConnection({
      server: true,
      getCertificate: () => certificate,
      getPrivateKey: () => key,
      connected: () => {},
      tlsDataReady: (self) => void self.tlsData.getBytes(),
      dataReady: (self) => (again.received += self.data.getBytes()),
      closed: () => {},
      error: (_self, error) => void again.errors.push(error.message),
    }),
  );
  for (const flight of flights) victim.process(flight);
  assert.is(again.received, '');
  assert.is(again.errors.length > 0, true);
});

for (const unwatched of [false, true]) {
  const how = unwatched ? 'a plain sessionCache' : 'watched connections';

  test(`ends that disagree on the secret fail once, then shake hands in full, with ${how}`, () => {
    const { server, client } = bothSides();
    connect({ server, client, unwatched });
    const mine = client.getSession();
    client.setSession(mine.id, mine); // or it would count as in use
    const other = realSession();
    server.setSession(mine.id, { ...other, id: mine.id });
    const failed = connect({ server, client, unwatched });
    assert.is(failed.errors.length > 0, true);
    assert.equal(failed.received, { server: '', client: '' });
    const next = connect({ server, client, unwatched });
    assert.equal([next.client, next.errors], ['full', []]);
    assert.is(connect({ server, client, unwatched }).client, 'resumed');
    if (!unwatched) assert.is(server.stats().dropped + client.stats().dropped > 0, true);
  });

  test(`a callback that throws means a full handshake, with ${how}`, () => {
    const errors: unknown[] = [];
    const { serverCache, client } = bothSides({ mode: SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL }); // prettier-ignore
    const onError = (error: unknown): never => {
      errors.push(error);
      throw error;
    };
    const server = forgeSessionCache(serverCache, { role: 'server', onError });
    const thrown = new Error('the store is gone');
    const fail = (): never => {
      throw thrown;
    };
    serverCache.setNewSessionCallback(fail);
    serverCache.setGetSessionCallback(fail);
    for (let i = 0; i < 2; i++) {
      const outcome = connect({ server, client, unwatched });
      assert.equal([outcome.server, outcome.client, outcome.errors], ['full', 'full', []]);
    }
    assert.equal(errors, [thrown, thrown, thrown]); // new, get, new
    assert.is(server.stats().errors, 3);
  });

  test(`a cache that was closed means a full handshake, with ${how}`, () => {
    const { serverCache, clientCache, server, client } = bothSides();
    connect({ server, client, unwatched });
    serverCache.close();
    clientCache.close();
    const outcome = connect({ server, client, unwatched });
    assert.equal([outcome.server, outcome.client, outcome.errors], ['full', 'full', []]);
  });
}

test('a callback that answers with a promise means a full handshake', () => {
  const { serverCache, server, client } = bothSides({ mode: SessionCacheMode.SERVER | SessionCacheMode.NO_INTERNAL }); // prettier-ignore
  connect({ server, client });
  serverCache.setGetSessionCallback(() => Promise.resolve(undefined));
  assert.is(connect({ server, client }).server, 'full');
  assert.is(server.stats().misses.error, 1);
});

test('a watched connection that is closed in mid-handshake keeps nothing', () => {
  const { clientCache, server, client } = bothSides();
  open({
    server,
    client,
    prepare: (_serverEnd, clientEnd) => {
      // The client has sent its Finished and will never see the server's.
      const { process } = clientEnd;
      let flights = 0;
      clientEnd.process = (data) => (++flights > 1 ? (clientEnd.close(), 0) : process(data));
    },
  });
  assert.is(clientCache.stats().number, 0);
  assert.is(client.stats().notStored.unfinished, 1);
  assert.is(client.stats().handshakes.full, 0);
});

test('a fatal alert drops the session of a watched connection', () => {
  const { serverCache, server, client } = bothSides();
  const pair = open({ server, client });
  assert.is(serverCache.stats().number, 1);
  pair.server.error(pair.server, { message: 'enough', send: true, alert: { level: 2, description: 80 } } as never); // prettier-ignore
  assert.is(serverCache.stats().number, 0);
  assert.is(serverCache.stats().removals.aborted, 1);
  assert.is(connect({ server, client }).server, 'full');
});

test('a cache whose mode lacks the role keeps and finds nothing', () => {
  const { serverCache, clientCache, server, client } = bothSides();
  serverCache.setSessionCacheMode(SessionCacheMode.CLIENT);
  clientCache.setSessionCacheMode(SessionCacheMode.SERVER);
  for (let i = 0; i < 2; i++) assert.is(connect({ server, client }).server, 'full');
  assert.equal([serverCache.stats().number, clientCache.stats().number], [0, 0]);
  assert.is(server.stats().notStored.cacheOff, 2);
  assert.is(client.stats().notStored.cacheOff, 2);
});

test('nothing that can be passed in makes it throw', () => {
  const { cache } = cacheAt(1000);
  const session = realSession();
  const odd = [undefined, null, 1, '', 'é€', 'x'.repeat(300), {}, [], Symbol('odd'), session];
  const { sp } = session;
  const wrong = [
    { ...session, id: '' },
    { ...session, id: 'x'.repeat(33) },
    { ...session, id: '€' },
    { ...session, version: null },
    { ...session, version: { major: 254, minor: 255 } },
    { ...session, sp: null },
    { ...session, sp: { ...sp, master_secret: 'short' } },
    { ...session, sp: { ...sp, compression_algorithm: undefined } },
    { ...session, sp: { ...sp, prf_algorithm: 256 } },
  ];
  for (const sessions of [forgeSessionCache(cache, { role: 'server' }), clientOf(cache)]) {
    for (const value of [...odd.slice(0, -1), ...wrong]) {
      sessions.setSession(value as string, value);
      assert.is(sessions.getSession(value as string), null);
    }
    assert.is(sessions.stats().stored, 0);
  }
  assert.is(cache.stats().number, 0);
});

test('secrets are in no error, no stats and nothing that is logged', () => {
  const { cache } = cacheAt(1000);
  const server = forgeSessionCache(cache, { role: 'server' });
  const session = realSession();
  server.setSession(session.id, session);
  server.getSession(session.id);
  assert.is(
    JSON.stringify([server, server.stats(), cache]).includes(session.sp.master_secret),
    false,
  );
});

test('wrong arguments are named', () => {
  const { cache } = cacheAt(1000);
  const wrong = (work: () => unknown, name: string, message: string): void => {
    assert.throws(work, (error: Error) => {
      assert.equal([error.name, error.message], [name, message]);
      return true;
    });
  };
  const make =
    (options: unknown, from: unknown = cache) =>
    () =>
      forgeSessionCache(from as SessionCache, options as never);
  wrong(make({ role: 'server' }, {}), 'TypeError', '"cache" expected SessionCache, got Object');
  wrong(make(undefined), 'TypeError', '"options" expected object, got undefined');
  wrong(make({}), 'TypeError', `"role" expected 'server' or 'client', got undefined`);
  wrong(make({ role: 'both' }), 'RangeError', `"role" expected 'server' or 'client', got 'both'`);
  wrong(
    make({ role: 'client' }),
    'TypeError',
    '"peer" expected string or Uint8Array, got undefined',
  );
  wrong(make({ role: 'client', peer: '' }), 'RangeError', '"peer" expected 1..1024 bytes, got 0');
  wrong(
    make({ role: 'server', peer: 'x' }),
    'TypeError',
    '"peer" expected undefined for a server, whose clients name their session',
  );
  wrong(
    make({ role: 'server', sessionIdContext: new Uint8Array(33) }),
    'RangeError',
    '"sessionIdContext" expected at most 32 bytes, got 33',
  );
  wrong(
    make({ role: 'server', onError: 1 }),
    'TypeError',
    '"onError" expected function or undefined, got number',
  );
  const server = forgeSessionCache(cache, { role: 'server' });
  const { server: watched } = open({ server });
  wrong(
    () => server.watch(watched),
    'TypeError',
    '"connection" expected one that is not watched, got one that is',
  );
});

test.run();
