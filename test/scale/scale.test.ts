// A tenth of what `npm run test:scale` does, for correctness alone: times depend on the machine.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lead } from './life.ts';
import { fillWith } from './millions.ts';

const test = suite('scale');

test('100,000 sessions are filled in, found, expired, and cleared', () => {
  const { memory, bytes } = lead(100_000, 160);
  assert.ok(memory < 270 * 100_000, `${memory} bytes of memory for ${bytes} of sessions`);
});

test('300,000 small sessions are found and removed', () => {
  assert.match(fillWith(300_000), /bytes a session/);
});

test.run();
