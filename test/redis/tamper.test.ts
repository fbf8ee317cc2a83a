// An attacker who can write to Redis can make entries useless, and gains nothing else.

import { randomBytes } from 'node:crypto';
import { createClient } from 'redis';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ExternalStats } from '../../bindings/external/index.ts';
import type { Version } from '../node/harness.ts';
import { connectClient, LIBRARIES, type Library } from './clients.ts';
import { RedisServer } from './server.ts';
import { Host } from './site.ts';
import { until } from '../support/clock.ts';

const test = suite('values altered in Redis');

const PREFIX = 'sesscache:';
const oldKey = randomBytes(32);
const key = randomBytes(32);

let redis: RedisServer;
const connectRaw = (url: string) => createClient({ url }).withTypeMapping({ 36: Buffer });
let raw: ReturnType<typeof connectRaw>;

test.before(async () => {
  redis = await RedisServer.start();
  raw = connectRaw(redis.url);
  await raw.connect();
});

test.after(async () => {
  raw?.destroy();
  await redis?.stop();
});

/** Runs `use` with one host for each list of keys. */
async function withHosts(
  library: Library,
  version: Version,
  keys: Buffer[][],
  use: (...hosts: Host[]) => Promise<void>,
): Promise<void> {
  await raw.flushAll();
  const hosts: Host[] = [];
  try {
    for (const own of keys) {
      const client = await connectClient(library, redis.port);
      hosts.push(await Host.open(version, client, PREFIX, { keys: own, deadline: 5000 }));
    }
    await use(...hosts);
  } finally {
    await Promise.all(hosts.map((host) => host.close()));
  }
}

/** A new session of `host`, and the keys that Redis has since. */
async function made(host: Host): Promise<{ session: Buffer; values: Map<string, Buffer> }> {
  const before = new Set(await names());
  const { session } = await host.visit();
  await host.external.flush();
  const values = new Map<string, Buffer>();
  for (const name of await names()) {
    if (!before.has(name)) values.set(name, (await raw.get(name)) as Buffer);
  }
  assert.ok(values.size > 0, 'it has reached Redis');
  return { session, values };
}

async function names(): Promise<string[]> {
  return (await raw.keys(`${PREFIX}*`)).map(String);
}

async function put(values: Map<string, Buffer>): Promise<void> {
  for (const [name, value] of values) {
    await raw.set(name, value, { expiration: { type: 'PX', value: 60_000 } });
  }
}

/** Misses of entries that were tampered with. */
function spoilt({ misses }: ExternalStats): number {
  return misses.unreadable + misses.forged + misses.unknownKey + misses.malformed;
}

const versions: Version[] = ['TLSv1.2', 'TLSv1.3'];
for (const [at, version] of versions.entries()) {
  // Each version with one of the libraries, for tests in which the pair does not matter.
  const library = LIBRARIES[at]!;

  test(`${version}: a bit turned over anywhere, or bytes cut off, and it does not resume`, async () => {
    await withHosts(library, version, [[key], [key]], async (maker, other) => {
      const { session, values } = await made(maker);
      // Sessions of one handshake differ in length: their numbers are as long as they must be.
      const length = Math.max(...[...values.values()].map((value) => value.length));
      const spoil: ((value: Buffer) => Buffer)[] = [
        (value) => value.subarray(0, -1),
        (value) => value.subarray(1),
        (value) => value.subarray(0, 10),
        () => Buffer.alloc(0),
        (value) => Buffer.concat([value, Buffer.of(0)]),
        (value) => Buffer.from(value.toString('utf8')),
        (value) => randomBytes(value.length),
      ];
      // Every byte of the head, then every seventh.
      for (let i = 0; i < length; i += i < 40 ? 1 : 7) {
        spoil.push((value) => {
          const altered = Buffer.from(value);
          altered[Math.min(i, value.length - 1)]! ^= 1 << (i % 8);
          return altered;
        });
      }
      for (const [i, alter] of spoil.entries()) {
        const altered = new Map([...values].map(([name, value]) => [name, alter(value)]));
        for (const [name, value] of altered) {
          assert.not(value.equals(values.get(name)!), `alteration ${i} alters`);
        }
        await put(altered);
        const before = spoilt(other.external.stats());
        assert.not((await other.visit(session)).resumed, `alteration ${i}`);
        assert.is(spoilt(other.external.stats()), before + 1, `alteration ${i} is counted`);
      }
      await put(values);
      assert.ok((await other.visit(session)).resumed, 'as it was it resumes');
    });
  });

  test(`${version}: the values of two sessions changed for each other resume neither`, async () => {
    await withHosts(library, version, [[key], [key]], async (maker, other) => {
      const [one, two] = [await made(maker), await made(maker)];
      const swapped = (from: Map<string, Buffer>, to: Map<string, Buffer>): Map<string, Buffer> =>
        new Map([...from.keys()].map((name, i) => [name, [...to.values()][i]!]));
      await put(swapped(one.values, two.values));
      await put(swapped(two.values, one.values));
      assert.not((await other.visit(one.session)).resumed);
      assert.not((await other.visit(two.session)).resumed);
      assert.is(other.external.stats().misses.forged, 2);
    });
  });

  test(`${version}: a key that is not known any more, or never was, opens nothing`, async () => {
    const rings = [[oldKey], [key], [key, oldKey], [randomBytes(32)]];
    await withHosts(library, version, rings, async (maker, without, rotated, stranger) => {
      const { session, values } = await made(maker);
      assert.not((await without!.visit(session)).resumed, 'the key is left out');
      assert.not((await stranger!.visit(session)).resumed, 'the key is another');
      assert.ok((await rotated!.visit(session)).resumed, 'the key is kept to open with');
      await put(values);
      rotated!.external.setKeys([key]);
      rotated!.cache.flushSessions(0); // the cached copy needs no key
      assert.not((await rotated!.visit(session)).resumed, 'the key is destroyed');
    });
  });
}

for (const library of LIBRARIES) {
  test(`${library}: what was removed does not resume when it is put back`, async () => {
    await withHosts(library, 'TLSv1.2', [[key], [key]], async (maker, other) => {
      const { session, values } = await made(maker);
      assert.ok((await other.visit(session)).resumed);
      for (const each of maker.cache) maker.cache.removeSession(each);
      await maker.external.flush();
      await until(() => other.cache.stats().number === 0, 'the other host has heard');
      for (const name of await names()) {
        assert.is(((await raw.get(name)) as Buffer).length, 1, 'a tombstone');
      }
      await put(values);
      assert.not((await maker.visit(session)).resumed, 'where it was removed');
      assert.not((await other.visit(session)).resumed, 'where the removal was heard of');
    });
  });

  test(`${library}: what was used once does not resume when it is put back`, async () => {
    await withHosts(library, 'TLSv1.3', [[key], [key]], async (maker, other) => {
      const { session, values } = await made(maker);
      assert.ok((await other.visit(session)).resumed);
      const heard = (): boolean => maker.external.stats().messages.received > 0;
      await until(heard, 'the maker has heard');
      await put(values);
      assert.not((await other.visit(session)).resumed, 'where it was used');
      await put(values);
      assert.not((await maker.visit(session)).resumed, 'where it was made');
    });
  });
}

test('Redis holds neither the id nor the master key of a session in clear', async () => {
  await withHosts('node-redis', 'TLSv1.2', [[key]], async (maker) => {
    await made(maker);
    const [session] = [...maker.cache];
    const everything = await Promise.all((await names()).map(async (name) => [Buffer.from(name.replace(PREFIX, '')), (await raw.get(name)) as Buffer])); // prettier-ignore
    const dump = Buffer.concat(everything.flat());
    const { id, data } = session!;
    assert.ok(dump.length > data.length);
    for (const form of ['latin1', 'hex', 'base64'] as const) {
      assert.not(dump.toString('latin1').includes(Buffer.from(id).toString(form)), `id, ${form}`);
    }
    // No eight consecutive bytes of the session are in Redis, and so no part of its secret.
    for (let i = 0; i + 8 <= data.length; i++) {
      assert.is(dump.indexOf(data.subarray(i, i + 8)), -1, `byte ${i}`);
    }
  });
});

test.run();
