import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { deriveSessionIdContext, type VerificationPolicy } from '../../bindings/index.ts';
import { errorOf } from './support.ts';

const test = suite('deriveSessionIdContext');

const policy: VerificationPolicy = {
  certificate: Uint8Array.of(1, 2),
  servername: 'example.org',
  verifyMode: 1,
  ca: ['a', 'b'],
  alpn: ['h2'],
};

test('32 bytes, the same for the same policy in any order', async () => {
  const context = await deriveSessionIdContext(policy);
  assert.is(context.length, 32);
  const reversed = Object.fromEntries(Object.entries(policy).toReversed());
  assert.equal(await deriveSessionIdContext(reversed), context);
  assert.equal(await deriveSessionIdContext({ ...policy, crl: undefined }), context);
});

test('any change of any input makes another context', async () => {
  const others: VerificationPolicy[] = [
    {},
    { ...policy, certificate: Uint8Array.of(1, 3) },
    { ...policy, certificate: Uint8Array.of(1, 2, 0) },
    { ...policy, servername: 'example.com' },
    { ...policy, verifyMode: 3 },
    { ...policy, verifyMode: '1' },
    { ...policy, verifyMode: true },
    { ...policy, ca: ['b', 'a'] },
    { ...policy, ca: ['ab'] },
    { ...policy, ca: [['a', 'b']] },
    { ...policy, ca: ['a'], alpn: ['b', 'h2'] },
    { ...policy, crl: '' },
    { ...policy, note: 'more' },
  ];
  const contexts = await Promise.all([policy, ...others].map(deriveSessionIdContext));
  const distinct = new Set(contexts.map((context) => Buffer.from(context).toString('hex')));
  assert.is(distinct.size, others.length + 1);
});

test('an input of another type is refused by its name', async () => {
  for (const ca of [null, {}, Symbol('ca'), [null]]) {
    const [outcome] = await Promise.allSettled([deriveSessionIdContext({ ca } as never)]);
    const error = errorOf(() => {
      throw (outcome as PromiseRejectedResult).reason;
    });
    assert.instance(error, TypeError);
    assert.match(error.message, /^"ca" expected /);
  }
});

test.run();
