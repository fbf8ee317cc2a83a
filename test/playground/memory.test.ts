import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Session, SessionCache } from '../../bindings/index.ts';
import { engineOf } from '../../bindings/cache/internal.ts';
import { readMemory } from '../../playground/src/memory/read.ts';
import { SLOTS } from '../../bindings/core/abi.generated.ts';
import { seededRandom as seeded } from '../support/random.ts';

const test = suite('the picture of the memory');

test('shows as many sessions, at their places, as the cache has', () => {
  const random = seeded(7);
  const cache = new SessionCache({ size: 700 });
  for (let i = 0; i < 2000; i++) {
    const id = Uint8Array.from({ length: 32 }, () => random(256));
    const data = new Uint8Array(random(400));
    cache.addSession(new Session({ id, data, timeout: random(500), tags: [`user:${random(50)}`] }));
    if (random(4) === 0) cache.removeSessionById(id);
    if (i % 400 !== 399) continue;
    const { blocks, serials, totals, chunks } = readMemory(cache);
    const { number } = cache.stats();
    assert.is(blocks.filter(({ kind }) => kind === 'session').length, number);
    assert.is(serials.size, number);
    for (const session of cache) assert.ok(serials.has(session.serial));
    assert.ok(chunks.every((used) => used >= 0 && used <= SLOTS));
    assert.ok(chunks.reduce((sum, used) => sum + used, 0) > number, 'contexts and tags have slots');
    assert.ok(totals.session >= number * 64);
  }
  cache.close();
});

test('has blocks that follow each other without a gap', () => {
  const cache = new SessionCache({ size: 50 });
  for (let i = 0; i < 200; i++) cache.addSession(new Session({ id: Uint8Array.of(i, 1) }));
  const { blocks } = readMemory(cache);
  const last = blocks.at(-1);
  assert.is.not(last, undefined);
  assert.ok((last as { address: number }).address < engineOf(cache).memory.bytes.length);
  for (const [i, { address, bytes }] of blocks.entries()) {
    const next = blocks[i + 1];
    if (next) assert.is(next.address, address + bytes);
  }
  cache.close();
});

test('shows an empty cache as one without sessions', () => {
  const cache = new SessionCache();
  const { serials, totals, chunks } = readMemory(cache);
  assert.is(serials.size, 0);
  assert.is(totals.session, 0);
  assert.is(Math.max(...chunks), 0);
  cache.close();
});

test.run();
