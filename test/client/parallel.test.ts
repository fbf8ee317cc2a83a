import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AT_ONCE, CONTENDERS, run, WAVES } from './parallel.ts';

const test = suite('64 connections at a time');

for (const [name, start] of Object.entries(CONTENDERS)) {
  if (name.endsWith('stock')) continue; // outside what this package can promise
  test(name, async () => {
    const { connections, resumed, offered, different } = await run(start());
    assert.is(connections, AT_ONCE * WAVES);
    assert.is(resumed, offered, 'whatever is offered resumes');
    if (name.endsWith('keepLast')) {
      assert.is(resumed, AT_ONCE * (WAVES - 1));
    } else {
      assert.is(different, offered, 'no ticket is offered twice');
      const kept = name.endsWith('8') ? 8 : AT_ONCE;
      assert.ok(resumed >= kept * (WAVES / 2), `${resumed} resumed`);
    }
  });
}

test.run();
