import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { fuzz } from './fuzz.ts';

const test = suite('the codec and spoilt sessions');

test('refuses or round-trips each, and never contradicts OpenSSL or asn1js', () => {
  const report = fuzz({ seed: 1, count: 40_000, seconds: 200 });
  // The loop proves something only if enough inputs of every kind occurred.
  assert.ok(report.inputs > 20_000, `${report.inputs} inputs`);
  assert.ok(report.accepted > report.inputs / 50, `${report.accepted} accepted`);
  assert.ok(report.accepted < report.inputs / 2, `${report.accepted} accepted`);
  assert.ok(report.taken > report.asked / 50, `${report.taken} taken by OpenSSL`);
  assert.ok(report.known > report.accepted / 2, `${report.known} known to asn1js`);
  assert.ok(report.seconded >= report.known / 32, `${report.seconded} read by asn1js`);
});

test.run();
