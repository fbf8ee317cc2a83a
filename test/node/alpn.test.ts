// ALPN is agreed on for each connection, resumed or not (RFC 7301 §3.1): no session is bound to it.

import type { TlsOptions, TLSSocket } from 'node:tls';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { AttachOptions } from '../../bindings/node/index.ts';
import { assertResumed, failureOf, type Version, withServer } from './harness.ts';

const test = suite('attachServer: ALPN');

const settings: Record<Version, { tls: TlsOptions; attach: AttachOptions }> = {
  'TLSv1.2': { tls: { maxVersion: 'TLSv1.2' }, attach: {} },
  'TLSv1.3': { tls: { maxVersion: 'TLSv1.3' }, attach: { tls13: true } },
};

for (const version of Object.keys(settings) as Version[]) {
  const { attach, tls } = settings[version];
  const options = { attach, tls: { ...tls, ALPNProtocols: ['one', 'two'] } };

  test(`${version}: a session made under one protocol resumes under another`, async () => {
    await withServer(options, async ({ server, connect }) => {
      const agreed: unknown[] = [];
      server.prependListener('secureConnection', ({ alpnProtocol }: TLSSocket) =>
        agreed.push(alpnProtocol),
      );
      let { session } = await connect(undefined, { ALPNProtocols: ['one'] });
      for (const ALPNProtocols of [['two'], ['two', 'one'], undefined]) {
        const next = await connect(session, { ALPNProtocols });
        assertResumed(next, true);
        ({ session } = next);
      }
      assert.equal(agreed, ['one', 'two', 'one', false], 'what each connection asked for');
    });
  });

  test(`${version}: a client without a common protocol is refused with its session, which is gone`, async () => {
    await withServer(options, async ({ connect, attached, cache }) => {
      const { session } = await connect(undefined, { ALPNProtocols: ['one'] });
      const before = cache.stats().number;
      const failure = await failureOf(connect(session, { ALPNProtocols: ['three'] }));
      assert.match(String(failure), /no.application.protocol|closed the connection/i);
      assert.is(attached.stats().handshakes.failed, 1);
      assert.is(cache.stats().number, before - 1);
      assertResumed(await connect(session, { ALPNProtocols: ['one'] }), false);
    });
  });
}

test.run();
