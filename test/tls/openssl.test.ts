import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { certificatePath } from '../../examples/certificates.js';
import { newCache, withServer } from './harness.ts';
import { openssl } from './openssl.ts';

const test = suite('openssl s_client against a SessionCache');

let folder: string;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sesscache-test-'));
});
test.after(() => rm(folder, { recursive: true }));

/** Connects and resolves to 'New' or 'Reused', once for each handshake made. */
async function sClient(port: number, ...options: string[]): Promise<string[]> {
  const server = ['-connect', `127.0.0.1:${port}`, '-servername', 'localhost', '-tls1_2'];
  const trust = ['-CAfile', certificatePath('rsa.cert.pem'), '-verify_return_error'];
  const output = await openssl(['s_client', ...server, ...trust, ...options]);
  return Array.from(output.matchAll(/^(New|Reused), TLSv1\.2/gm), ([, word]) => word as string);
}

test('resumes a session kept in a file', async () => {
  const file = join(folder, 'kept.pem');
  await withServer({}, async ({ port, cache }) => {
    assert.equal(await sClient(port, '-sess_out', file), ['New']);
    assert.equal(await sClient(port, '-sess_in', file), ['Reused']);
    assert.equal(await sClient(port, '-sess_in', file), ['Reused']);
    assert.is(cache.stats().hits, 2);
  });
});

test('resumes at each of the five connections of -reconnect', async () => {
  await withServer({}, async ({ port, cache }) => {
    assert.equal(await sClient(port, '-reconnect'), ['New', ...Array(5).fill('Reused')]);
    assert.is(cache.stats().number, 1);
    assert.is(cache.stats().hits, 5);
  });
});

test('has a full handshake once its session has expired', async () => {
  let clock = Math.floor(Date.now() / 1000);
  const cache = newCache({ timeout: 60, now: () => clock });
  const file = join(folder, 'expired.pem');
  await withServer({ cache }, async ({ port }) => {
    assert.equal(await sClient(port, '-sess_out', file), ['New']);
    clock += 61;
    assert.equal(await sClient(port, '-sess_in', file), ['New']);
    assert.is(cache.stats().timeouts, 1);
  });
});

test('has a full handshake when its session was flushed', async () => {
  const file = join(folder, 'flushed.pem');
  await withServer({}, async ({ port, cache }) => {
    assert.equal(await sClient(port, '-sess_out', file), ['New']);
    assert.is(cache.flushSessions(0), 1);
    assert.equal(await sClient(port, '-sess_in', file), ['New']);
  });
});

test('can read what the cache keeps', async () => {
  await withServer({}, async ({ cache, connect }) => {
    await connect();
    const [session] = cache;
    assert.ok(session);
    const text = await openssl(['sess_id', '-inform', 'DER', '-noout', '-text'], session.data);
    const id = Buffer.from(session.id).toString('hex').toUpperCase();
    assert.match(text, new RegExp(`Session-ID: ${id}\n`));
  });
});

test.run();
