import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { assertResumed } from '../node/harness.ts';
import { connectAndKeep, connectKind } from './kinds.ts';
import { OTHER_SECRET, resetClock, SECRET, setClock, VERSIONS, withTickets } from './harness.ts';

const test = suite('attachTicketKeys: rotation');

test.before.each(() => setClock(0));
test.after.each(resetClock);

for (const version of VERSIONS) {
  for (const kind of ['tls', 'https', 'http2'] as const) {
    test(`${version}, ${kind}: tickets resume, by the callback`, async () => {
      await withTickets({ version, kind }, async ({ port, attached }) => {
        const full = await connectKind(kind, port);
        assertResumed(full, false);
        assertResumed(await connectKind(kind, port, full.session), true);
        const { mode, made, accepted, unknown } = attached.stats();
        assert.is(mode, 'callback');
        assert.is(made, version === 'TLSv1.3' ? 2 : 1);
        assert.is(accepted.present, 1);
        assert.is(unknown, 0);
      });
    });
  }

  test(`${version}: a ticket resumes for \`keep\` further periods, and not one more`, async () => {
    await withTickets({ version, keys: { keep: 3 } }, async ({ connect, attached }) => {
      const { session } = await connect();
      for (const age of [0, 1, 2, 3, 4]) {
        setClock(age);
        assertResumed(await connect(session), age <= 3);
      }
      const { accepted, unknown, rotations, keys } = attached.stats();
      assert.equal([accepted.present, accepted['1'], accepted['2-3']], [1, 1, 2]);
      assert.equal({ unknown, rotations, keys }, { unknown: 1, rotations: 4, keys: 5 });
    });
  });

  test(`${version}: a ticket of an older key is answered with one of the present key`, async () => {
    await withTickets({ version, keys: { keep: 2 } }, async ({ port, attached }) => {
      let { session } = await connectAndKeep(port);
      for (let age = 1; age <= 10; age++) {
        setClock(age);
        const again = await connectAndKeep(port, session);
        assert.is(again.resumed, true, `after ${age} rotations`);
        session = again.session;
      }
      const { accepted, renewed } = attached.stats();
      assert.equal([accepted['1'], renewed], [10, 10]);
    });
  });

  test(`${version}: a ticket of a clock a period ahead or behind resumes`, async () => {
    await withTickets({ version, keys: { keep: 2 } }, async ({ connect, attached }) => {
      setClock(1);
      const { session: ahead } = await connect();
      setClock(0);
      const { session: behind } = await connect();
      assertResumed(await connect(ahead), true);
      setClock(1);
      assertResumed(await connect(behind), true);
      const { accepted, renewed } = attached.stats();
      assert.equal([accepted.next, accepted['1'], renewed], [1, 1, 1]);
    });
  });

  test(`${version}: a clock set far back and on again loses no key`, async () => {
    await withTickets({ version }, async ({ connect }) => {
      const { session } = await connect();
      setClock(-1000);
      const { session: early } = await connect();
      assertResumed(await connect(session), false);
      assertResumed(await connect(early), true);
      setClock(0);
      assertResumed(await connect(session), true);
      assertResumed(await connect(early), false);
    });
  });

  test(`${version}: a clock that says nonsense changes nothing`, async () => {
    await withTickets({ version }, async ({ connect }) => {
      const { session } = await connect();
      for (const nonsense of [NaN, Infinity, -Infinity]) {
        Date.now = () => nonsense;
        assertResumed(await connect(session), true);
      }
    });
  });

  test(`${version}: a clock that throws costs full handshakes, and no more`, async () => {
    const failures: unknown[] = [];
    const onError = (error: unknown): unknown => failures.push(error);
    // Of the ticket that is offered, and of each that would be made.
    const errors = version === 'TLSv1.3' ? 5 : 3;
    await withTickets({ version, keys: { onError }, errors }, async ({ connect, attached }) => {
      const { session } = await connect();
      const { now } = Date;
      Date.now = () => {
        const error = new Error('no clock');
        // Other tests load libraries that ask for the time when a file is closed.
        if (error.stack!.includes('/bindings/')) throw error;
        return now();
      };
      const full = await connect(session);
      assertResumed(full, false);
      assert.is(full.sessions.length, 0, 'nor is a ticket made');
      assertResumed(await connect(), false);
      setClock(0);
      assertResumed(await connect(session), true);
      assert.is(attached.stats().notMade.error, version === 'TLSv1.3' ? 4 : 2);
      assert.ok(failures.every((failure) => String(failure) === 'Error: no clock'));
    });
  });

  test(`${version}: secrets are replaced without losing a ticket`, async () => {
    await withTickets({ version }, async ({ connect, attached }) => {
      const { session: first } = await connect();
      attached.setSecrets([SECRET, OTHER_SECRET]);
      assertResumed(await connect(first), true);
      attached.setSecrets([OTHER_SECRET, SECRET]);
      const { session: second } = await connect();
      assertResumed(await connect(first), true);
      assertResumed(await connect(second), true);
      assert.equal(attached.stats().bySecret, { first: 2, other: 1 });
      assert.is(attached.stats().renewed, 1, 'the ticket of the old secret');
      attached.setSecrets([OTHER_SECRET]);
      assertResumed(await connect(second), true);
      assertResumed(await connect(first), false);
    });
  });

  test(`${version}: with \`renew\`, all accepted tickets are answered with a new one, or none`, async () => {
    for (const [renew, renewed] of [
      ['always', 4],
      ['older', 2],
      ['never', 0],
    ] as const) {
      setClock(0);
      await withTickets({ version, keys: { renew } }, async ({ connect, attached }) => {
        const { session } = await connect();
        for (const age of [0, 0, 1, 1]) {
          setClock(age);
          assertResumed(await connect(session), true);
        }
        assert.is(attached.stats().renewed, renewed);
      });
    }
  });
}

test('a TLS 1.3 client that uses a ticket once resumes every time with `renew: "always"`', async () => {
  for (const [renew, expected] of [
    ['always', [false, true, true, true, true, true]],
    ['older', [false, true, true, false, true, true]],
  ] as const) {
    await withTickets({ version: 'TLSv1.3', keys: { renew } }, async ({ connect }) => {
      const unused: Buffer[] = [];
      const seen: boolean[] = [];
      for (let i = 0; i < 6; i++) {
        const { resumed, sessions } = await connect(unused.pop());
        unused.push(...sessions);
        seen.push(resumed);
      }
      assert.equal(seen, expected);
    });
  }
});

test.run();
