// `npm run test:peers`: redisStore through every library and release that it supports, against
// Redis, and against Valkey's server if it is on the path (Debian 12 has none). The libraries are
// installed in build/, so that none is a dependency.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { SessionCache } from 'sesscache';
import { attachExternal } from 'sesscache/external';
import { redisStore } from 'sesscache/redis';
import { freePort } from '../support/ports.js';
import { locate } from '../support/programs.js';

const PACKAGES = {
  redis4: 'npm:redis@4.7.1',
  redis5: 'npm:redis@5.12.1',
  redis6: 'npm:redis@6.3.1',
  ioredis5: 'npm:ioredis@5.11.1',
  ioredis6: 'npm:ioredis@6.0.0',
  iovalkey: '0.4.0',
  '@valkey/valkey-glide': '2.5.2',
  keyv: '5.6.0',
};

const folder = join(import.meta.dirname, '../../build/redis-peers');
const load = createRequire(join(folder, 'package.json'));

/**
 * Makes a connected client; if that cannot subscribe as well, also a second one that does.
 * @typedef {{ client: any, subscriber?: any, hasChannel: boolean, close(): unknown }} Made
 */

/** @type {Record<string, (port: number) => Promise<Made>>} */
const CLIENTS = {
  'node-redis 4': (port) => nodeRedis('redis4', { socket: { port } }, false),
  'node-redis 5, RESP 2': (port) => nodeRedis('redis5', { socket: { port } }, false),
  'node-redis 5, RESP 3': (port) => nodeRedis('redis5', { socket: { port }, RESP: 3 }, true),
  'node-redis 6': (port) => nodeRedis('redis6', { socket: { port } }, true),
  'ioredis 5': (port) => ioRedis('ioredis5', port, false),
  'ioredis 6': (port) => ioRedis('ioredis6', port, true),
  iovalkey: (port) => ioRedis('iovalkey', port, false),
  'valkey-glide': async (port) => {
    const { GlideClient } = load('@valkey/valkey-glide');
    const client = await GlideClient.createClient({ addresses: [{ host: '127.0.0.1', port }] });
    return { client, hasChannel: false, close: () => client.close() };
  },
};

/**
 * @param {string} name
 * @param {object} options
 * @param {boolean} hasChannel
 */
async function nodeRedis(name, options, hasChannel) {
  const client = load(name).createClient(options);
  const subscriber = hasChannel ? undefined : client.duplicate();
  for (const each of [client, subscriber]) {
    each?.on('error', () => {});
    await each?.connect();
  }
  const close = () => [client, subscriber].map((each) => each?.disconnect());
  return { client, subscriber, hasChannel, close };
}

/**
 * @param {string} name
 * @param {number} port
 * @param {boolean} hasChannel
 */
async function ioRedis(name, port, hasChannel) {
  const client = new (load(name).Redis)({ port, host: '127.0.0.1' });
  const subscriber = hasChannel ? undefined : client.duplicate();
  await client.ping();
  const close = () => [client, subscriber].map((each) => each?.disconnect());
  return { client, subscriber, hasChannel, close };
}

/** @param {Made} made */
async function check({ client, subscriber, hasChannel }) {
  const store = redisStore(client);
  assert.equal(store.channel !== undefined, hasChannel, 'channel');
  const bytes = Uint8Array.of(0, 0xff, 0x80, 10, 13);
  assert.equal(await store.get('absent'), null);
  await store.set('key', bytes, 60_000);
  assert.deepEqual([...((await store.get('key')) ?? [])], [...bytes]);
  const taken = await Promise.all([1, 2, 3].map(() => store.take?.('key')));
  assert.deepEqual([...(taken.find(Boolean) ?? [])], [...bytes]);
  assert.equal(taken.filter(Boolean).length, 1);
  await store.set('key', bytes, 60_000);
  await store.delete('key');
  assert.equal(await store.get('key'), null);
  await store.set('brief', bytes, 20);
  await sleep(100);
  assert.equal(await store.get('brief'), null);

  const { add, replace } = store;
  assert.ok(add && replace);
  const tombstone = Uint8Array.of(2);
  assert.equal(await replace('new', tombstone), null);
  assert.equal(await store.get('new'), null, 'nothing is kept in the place of nothing');
  const added = await Promise.all([1, 2, 3].map(() => add('new', bytes, 300)));
  assert.deepEqual(added.toSorted(), [false, false, true]);
  const replaced = await Promise.all([1, 2, 3].map(() => replace('new', tombstone)));
  const values = replaced.map((value) => Array.from(value ?? [])).toSorted();
  assert.deepEqual(values, [[...bytes], [...tombstone], [...tombstone]]);
  assert.equal(await add('new', bytes, 300), false);
  await sleep(400);
  assert.equal(await store.get('new'), null, 'for as long as the first had left');

  const { channel } = subscriber ? redisStore(client, { subscriber }) : store;
  if (channel === undefined || channel === null) return;
  const heard = new Promise((resolve) => {
    const stop = channel.subscribe((message) => {
      stop();
      resolve([...message]);
    });
  });
  for (const end = Date.now() + 5000; Date.now() < end;) {
    await channel.publish(bytes);
    if (await Promise.race([heard, sleep(50)])) break;
  }
  assert.deepEqual(await heard, [...bytes]);
  assert.equal(await store.get('key'), null, 'commands still pass');
}

install();
await checkKeyv();
for (const program of ['redis-server', 'valkey-server']) {
  const path = program === 'redis-server' ? locate(program) : program;
  if (path === undefined) throw new Error('redis-server is not here: `npm run setup` installs it');
  const port = await freePort();
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
  const server = spawn(path, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [failed] = await Promise.race([once(server.stdout, 'data'), once(server, 'error')]);
  if (failed instanceof Error) {
    if (program === 'redis-server') throw failed;
    console.log(`${program}: not on the path, not tested`);
    continue;
  }
  await sleep(500);
  try {
    for (const [name, make] of Object.entries(CLIENTS)) {
      const made = await make(port);
      await check(made).finally(() => made.close());
      console.log(`${program}, ${name}: works`);
    }
  } finally {
    server.kill('SIGKILL');
  }
}

/** The store of docs/scaling.md, as printed there. */
async function checkKeyv() {
  const page = readFileSync(join(import.meta.dirname, '../../docs/scaling.md'), 'utf8');
  const block = page.match(/```js\n(import Keyv from [^]*?)```/)?.[1];
  assert.ok(block, 'docs/scaling.md shows Keyv');
  const file = join(folder, 'keyv.mjs');
  writeFileSync(file, `${block}export { store };\n`);
  const { store } = await import(pathToFileURL(file).href);
  const bytes = Uint8Array.of(0, 0xff, 0x80, 10, 13);
  assert.equal(await store.get('absent'), null);
  await store.set('key', bytes, 60_000);
  assert.deepEqual([...(await store.get('key'))], [...bytes]);
  await store.delete('key');
  assert.equal(await store.get('key'), null);
  await store.set('brief', bytes, 20);
  await sleep(100);
  assert.equal(await store.get('brief'), null);
  attachExternal(new SessionCache(), store, { keys: [randomBytes(32)] }).detach();
  console.log('Keyv, as in docs/scaling.md: works');
}

function install() {
  const manifest = JSON.stringify({ private: true, dependencies: PACKAGES });
  if (Object.keys(PACKAGES).every((name) => existsSync(join(folder, 'node_modules', name)))) return;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), manifest);
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
  const { status } = spawnSync('npm', args, { cwd: folder, stdio: 'inherit' });
  if (status !== 0) throw new Error('npm could not install the clients');
}
