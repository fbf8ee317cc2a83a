import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { tryServer } from './grid.ts';
import { VERSIONS, WEB_KINDS } from './servers/web.ts';

const test = suite('every client against every server');

for (const kind of WEB_KINDS) {
  for (const version of VERSIONS) {
    test(`all clients resume ${version} of ${kind}, after a garbage collection too`, async () => {
      const cells = await tryServer(kind, version);
      const failed = cells.filter(({ resumed, impossible }) => !resumed && !impossible);
      assert.equal(failed, []);
      const impossible = cells.filter((cell) => cell.impossible).map(({ client }) => client);
      assert.equal(impossible, kind === 'node' || kind === 's_server' ? ['http2'] : []);
    });
  }
}

test.run();
