// What V8 compiles for a cache stays compiled. It drops the hidden class of objects of which a full
// garbage collection finds none, and with it all code that was compiled for them.

import { setFlagsFromString } from 'node:v8';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { instantiate } from '../../bindings/core/instantiate.ts';
import { runNode } from '../examples/program.ts';

const test = suite('compiled code');

/** Uses a cache until it is compiled, and then has nothing but the cache survive a collection. */
const PROGRAM = `
  const { SessionCache } = await import('sesscache');
  const cache = new SessionCache({ size: 1000 });
  const id = new Uint8Array(32);
  const data = new Uint8Array(160);
  let used = 0;
  function use() {
    for (let i = 0; i < 10_000; i++) {
      used += cache.viewSession(id)?.data.length ?? 0;
      cache.finishHandshake('server', cache.createSession({ id, data }));
      cache.removeSession(cache.resumeSession(id));
      cache.addSession({ id, data });
    }
  }
  for (let i = 0; i < 6; i++) {
    use();
    await new Promise((resolve) => setTimeout(resolve, 50)); // compilers are threads
    for (let j = 0; j < 4; j++) gc();
  }
  console.log('used', used);`;

/** Functions of lookups, adds and removals. V8 may drop the code of others, such as readClock. */
const HOT = new Set([
  'search',
  'Session',
  'resumeSession',
  'removeSession',
  'finishHandshake',
  'entryOf',
]);

test('what is compiled for sessions outlives collections that find no session', async () => {
  const options = ['--expose-gc', '--trace-deopt', '--input-type=module'];
  const { stdout, stderr } = await runNode(...options, '--eval', PROGRAM);
  assert.ok(stdout.endsWith('used 9599840\n'), stderr); // all but the first lookup
  const dropped = stdout.match(/marking dependent code .* reason: weak objects/g) ?? [];
  const names = dropped.map((line) => /SharedFunctionInfo ([^>]*)/.exec(line)?.[1] ?? '');
  assert.equal(
    names.filter((name) => HOT.has(name)),
    [],
  );
});

test('the functions of all cores are found at the same places', () => {
  setFlagsFromString('--allow-natives-syntax');
  const isAlike = new Function('a', 'b', 'return %HaveSameMap(a, b)') as (
    a: object,
    b: object,
  ) => boolean;
  setFlagsFromString('--no-allow-natives-syntax');
  const cores = Array.from({ length: 4 }, () => instantiate(1));
  assert.ok(cores.every((core) => isAlike(core, cores[0]!)));
  assert.not(isAlike(cores[0]!, {}));
});

test.run();
