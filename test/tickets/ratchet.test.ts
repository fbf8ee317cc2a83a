import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { RatchetedSecret } from '../../bindings/tickets/index.ts';
import { assertResumed } from '../node/harness.ts';
import { PERIOD, resetClock, SECRET, setClock, VERSIONS, withTickets } from './harness.ts';

const test = suite('attachTicketKeys: ratcheted secrets');

test.before.each(() => setClock(0));
test.after.each(resetClock);

/** The secret that the fleet began with, ten periods ago. */
function beginning(): RatchetedSecret {
  return { secret: SECRET, since: Math.floor(Date.now() / 1000) - 10 * PERIOD };
}

for (const version of VERSIONS) {
  test(`${version}: hosts that began with one secret agree, however far they have stepped`, async () => {
    const secret = beginning();
    await withTickets({ version, keys: { secret, keep: 3 } }, async (old) => {
      const { session: first } = await old.connect();
      setClock(3);
      const { session } = await old.connect();
      await withTickets({ version, keys: { secret, keep: 3 } }, async (late) => {
        assertResumed(await late.connect(first), true);
        assertResumed(await late.connect(session), true);
      });
      setClock(4);
      assertResumed(await old.connect(first), false);
      assertResumed(await old.connect(session), true);
    });
  });

  test(`${version}: what is exported opens what is accepted, and nothing older`, async () => {
    const tickets: Buffer[] = [];
    const keys = { secret: beginning(), keep: 2 };
    await withTickets({ version, keys }, async ({ connect, attached }) => {
      for (let age = 0; age < 6; age++) {
        setClock(age);
        tickets.push((await connect()).session);
      }
      const exported = attached.exportRatchets();
      assert.is(exported.length, 1);
      // The next start, and a thief who has all the time in the world.
      for (const keep of [2, 100]) {
        const next = { version, keys: { secret: undefined, secrets: exported, keep } };
        await withTickets(next, async (other) => {
          for (const [made, session] of tickets.entries()) {
            assertResumed(await other.connect(session), made >= 3);
          }
        });
      }
      // All later secrets follow from the first.
      await withTickets({ version, keys: { secret: keys.secret, keep: 100 } }, async (other) => {
        for (const session of tickets) assertResumed(await other.connect(session), true);
      });
    });
  });

  test(`${version}: a clock set back makes tickets resume less, and nothing fail`, async () => {
    await withTickets({ version, keys: { secret: beginning(), keep: 2 } }, async ({ connect }) => {
      setClock(20);
      const { session } = await connect();
      setClock(0);
      const early = await connect(session);
      assertResumed(early, false);
      assertResumed(await connect(early.session), false);
      setClock(20);
      assertResumed(await connect(session), true);
    });
  });
}

test('secrets with and without a ratchet go together', async () => {
  const secrets = [beginning(), Buffer.alloc(40, 'without a ratchet')];
  await withTickets(
    { keys: { secret: undefined, secrets, keep: 2 } },
    async ({ connect, attached }) => {
      const { session } = await connect();
      attached.setSecrets(secrets.toReversed());
      const { session: other } = await connect();
      setClock(1);
      for (const each of [session, other]) assertResumed(await connect(each), true);
      assert.is(attached.exportRatchets().length, 1);
      assert.is(attached.exportRatchets()[0]?.secret.length, 32, 'a hash of what it was');
    },
  );
});

test.run();
