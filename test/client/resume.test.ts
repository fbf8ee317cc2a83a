import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { ClientSessionCache } from '../../bindings/client/index.ts';
import { CLIENTS } from './clients.ts';
import { ca, serve, VERSIONS } from './servers.ts';

const test = suite('clients resume');

for (const { name, kind, visit } of CLIENTS) {
  for (const version of VERSIONS) {
    test(`${name} resumes ${version} at its second connection`, async () => {
      const server = await serve(kind, version);
      const sessions = new ClientSessionCache();
      try {
        await visit(server.port, sessions, { ca });
        await visit(server.port, sessions, { ca });
        assert.equal(server.resumed, [false, true], JSON.stringify(sessions.stats()));
        assert.is(sessions.stats().resumed, 1);
      } finally {
        sessions.close();
        await server.close();
      }
    });
  }
}

test.run();
