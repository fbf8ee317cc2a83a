// The stores of `npm run bench:external`: memory of this process, Redis through either client
// library.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { memoryStore } from '../../dist/external/index.js';
import { redisStore } from '../../dist/redis/index.js';

/**
 * A store, and the client library that a program would call without this package.
 * @typedef {object} Opened
 * @property {import('../../dist/external/index.js').ExternalStore} store
 * @property {(key: string) => Promise<Uint8Array | null | undefined>} get
 * @property {(key: string, value: Buffer, ttlMs: number) => Promise<unknown>} set
 * @property {() => unknown} close
 */

/** @returns {Opened} */
export function openMemory() {
  const store = memoryStore({ size: 2 ** 20 });
  return {
    store,
    get: (key) => store.get(key),
    set: (key, value, ttlMs) => store.set(key, value, ttlMs),
    close: () => {},
  };
}

/** @param {number} port @returns {Promise<Opened>} */
export async function openNodeRedis(port) {
  const client = createClient({ socket: { port, host: '127.0.0.1' }, disableOfflineQueue: true });
  client.on('error', () => {});
  await client.connect();
  const mapped = client.withTypeMapping({ 36: Buffer });
  return {
    store: redisStore(client),
    get: (key) => mapped.get(key),
    set: (key, value, ttlMs) =>
      client.set(key, value, { expiration: { type: 'PX', value: ttlMs } }),
    close: () => client.destroy(),
  };
}

/** @param {number} port @returns {Promise<Opened>} */
export async function openIORedis(port) {
  const client = new Redis({
    port,
    host: '127.0.0.1',
    enableOfflineQueue: false,
    lazyConnect: true,
  });
  client.on('error', () => {});
  await client.connect();
  return {
    store: redisStore(client),
    get: (key) => client.getBuffer(key),
    set: (key, value, ttlMs) => client.set(key, value, 'PX', ttlMs),
    close: () => client.disconnect(),
  };
}

/**
 * A redis-server on a free port of the loopback interface, without persistence.
 * @returns {Promise<{ port: number, stop(): Promise<void> }>}
 */
export async function startRedis() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
  probe.close();
  const folder = mkdtempSync(join(tmpdir(), 'sesscache-bench-'));
  const args = ['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder];
  const child = spawn('redis-server', [...args, '--save', '', '--appendonly', 'no']);
  const ready = new Promise((resolve, reject) => {
    child.on('error', () => reject(new Error('this needs redis-server: install that package')));
    child.stdout.on('data', (text) => /Ready to accept/.test(text) && resolve(undefined));
    child.on('exit', () => reject(new Error('redis-server did not start')));
  });
  process.once('exit', () => child.kill('SIGKILL'));
  await ready;
  return {
    port,
    async stop() {
      child.kill('SIGKILL');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
