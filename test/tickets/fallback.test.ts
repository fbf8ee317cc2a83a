// What happens where Node's callback is missing or does something else: less, but nothing wrong.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TicketKeysStats } from '../../bindings/tickets/index.ts';
import { readCertificate } from '../../examples/certificates.js';
import { withMembers } from './fork.ts';
import { hold } from './kinds.ts';
import { SECRET } from './harness.ts';

const test = suite('attachTicketKeys without the callback');

const period = 100_000;
const secret = SECRET.toString('hex');
/** Milliseconds to the middle of the present period. */
const toMiddle = (): number => (period / 2) * 1000 - (Date.now() % (period * 1000));
const common = { secret, period, keep: 3 };

for (const broken of ['missing', 'silent', 'deaf', 'throwing'] as const) {
  test(`${broken}: the present key is set, changes by the clock, and one warning says so`, async () => {
    const ahead = toMiddle();
    const config = { ...common, ahead, broken };
    await withMembers([config], async (member) => {
      assert.is((await member.call<TicketKeysStats>('stats')).mode, 'setTicketKeys');
      const { session } = await member.connect();
      assert.is((await member.connect(session)).resumed, true);
      await member.call('setAhead', [ahead + period * 1000]);
      const next = await member.connect(session);
      assert.is(next.resumed, false, 'its key has gone');
      assert.is((await member.connect(next.session)).resumed, true);
      assert.equal(await member.call('warnings'), ['SESSCACHE_TICKET_CALLBACK']);
      assert.equal(await member.call('uncaught'), []);
      const { rotations, errors, made } = await member.call<TicketKeysStats>('stats');
      assert.equal({ rotations, errors, made }, { rotations: 1, errors: 0, made: 0 });
    });
  });
}

test('tickets resume between processes with and without the callback, in the same period', async () => {
  const ahead = toMiddle();
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const config = { ...common, ahead, version };
    await withMembers([config, { ...config, broken: 'missing' }], async (whole, broken) => {
      const { session } = await whole.connect();
      assert.is((await broken.connect(session)).resumed, true);
      const { session: other } = await broken.connect();
      assert.is((await whole.connect(other)).resumed, true);
      await whole.call('setAhead', [ahead + period * 1000]);
      assert.is((await whole.connect(other)).resumed, true, 'an older key, with the callback');
    });
  }
});

test('where names have different policies, no ticket resumes, whenever its connection was accepted', async () => {
  const client = readCertificate('client');
  for (const broken of [undefined, 'missing'] as const) {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      await withMembers([{ ...common, version, broken, hasNames: true }], async (member) => {
        const early = [1, 2].map(() => hold(member.port, { ...client, servername: 'other.test' }));
        for (const each of early) {
          const held = await each;
          const { session } = await member.connect(undefined, client);
          const { resumed } = await held.go(session);
          assert.is(resumed, false, 'accepted before the ticket was made');
          assert.is((await member.connect(session, client)).resumed, false);
        }
        assert.ok((await member.call<string[]>('warnings')).includes('SESSCACHE_TICKET_NAMES'));
      });
    }
  }
});

test("detached, a server has Node's own key again", async () => {
  for (const broken of [undefined, 'missing'] as const) {
    await withMembers([{ ...common, broken }, { stock: true }], async (member, stock) => {
      const { session: ours } = await member.connect();
      await member.call('detach');
      const before = await member.connect(ours);
      assert.is(before.resumed, false);
      assert.is((await member.connect(before.session)).resumed, true);
      // And `setTicketKeys` works as documented.
      const keys = await stock.call<string>('ticketKeys');
      await member.call('setTicketKeys', [keys]);
      assert.is((await member.connect(before.session)).resumed, false);
      const { session } = await stock.connect();
      assert.is((await member.connect(session)).resumed, true);
      const { session: back } = await member.connect();
      assert.is((await stock.connect(back)).resumed, true);
    });
  }
});

test('a server that listens again keeps its keys', async () => {
  for (const broken of [undefined, 'missing'] as const) {
    for (const given of [secret, undefined]) {
      await withMembers(
        [{ ...common, secret: given, ahead: toMiddle(), broken }],
        async (member) => {
          const { session } = await member.connect();
          await member.call('listenAgain');
          assert.is((await member.connect(session)).resumed, true);
        },
      );
    }
  }
});

test.run();
