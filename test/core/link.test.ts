import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { Core } from '../../bindings/core/abi.ts';
import { HEADER_AT } from '../../bindings/core/abi.generated.ts';
import { coreBytes } from '../../bindings/core/embedded.ts';
import * as HEADER from '../../bindings/core/fields/header.generated.ts';
import { link } from '../../bindings/core/link.ts';
import { link as linkOfDist } from '../../bindings/core/link.dist.ts';
import { debugModule } from '../support/debug-core.ts';

const test = suite('instances of a core');

/** An empty cache. */
function start(linked: typeof link, module: WebAssembly.Module): Core {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const core = linked(module, memory).exports as unknown as Core;
  assert.ok(core.init(0, 16));
  return core;
}

for (const [place, linked] of Object.entries({
  'the sources': link,
  'what is distributed': linkOfDist,
})) {
  test(`in ${place}, each instance of the release core has a memory of its own`, () => {
    const module = new WebAssembly.Module(coreBytes());
    const [one, other] = [start(linked, module), start(linked, module)];
    assert.is.not(one.memory.buffer, other.memory.buffer);
    assert.is(one.first(), 0);
  });

  test(`in ${place}, an assert that fails in a debug build is an Error`, () => {
    const core = start(linked, debugModule());
    core.validate!();
    new Uint32Array(core.memory.buffer)[(HEADER_AT + HEADER.count) >>> 2] = 1;
    const isOurs = (error: unknown): boolean =>
      error instanceof Error && !(error instanceof WebAssembly.RuntimeError);
    assert.throws(() => core.validate!(), isOurs);
  });
}

test.run();
