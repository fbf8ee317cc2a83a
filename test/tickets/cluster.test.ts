// In a cluster the workers have the keys in common, without a secret and without a line in the
// primary.

import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { TicketKeysStats } from '../../bindings/tickets/index.ts';
import { type Member, withMembers } from './fork.ts';

const test = suite('attachTicketKeys in a cluster');

const period = 100_000;
const toMiddle = (): number => (period / 2) * 1000 - (Date.now() % (period * 1000));

/** Connects until a session has been made and offered by each of the workers; all must resume. */
async function roundTrip(member: Member, workers: number[], session: Buffer): Promise<number> {
  const unseen = new Set(workers);
  let resumed = 0;
  for (let i = 0; unseen.size > 0; i++) {
    if (i > 200) throw new Error(`workers ${[...unseen].join()} have not been met`);
    const { server, resumed: isResumed } = await member.connect(session);
    unseen.delete((server as unknown as { worker: number }).worker);
    assert.is(isResumed, true, `at worker ${JSON.stringify(server)}`);
    resumed++;
  }
  return resumed;
}

for (const broken of [undefined, 'missing'] as const) {
  const how = broken ? 'without the callback' : 'by the callback';
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    test(`${version}, ${how}: a ticket of one worker resumes on all, later ones included`, async () => {
      const config = { workers: 3, version, period, ahead: toMiddle(), keep: 2, broken };
      await withMembers([config], async (member) => {
        const { session } = await member.connect();
        const resumed = await roundTrip(member, [1, 2, 3], session);
        const all = await Promise.all(
          [1, 2, 3].map((worker) => member.call<TicketKeysStats>('stats', [], worker)),
        );
        const expected = broken ? 'setTicketKeys' : 'callback';
        assert.equal(
          all.map(({ mode }) => mode),
          [expected, expected, expected],
        );
        const accepted = all.reduce((sum, stats) => sum + stats.accepted.present, 0);
        assert.is(accepted, broken ? 0 : resumed);
        const late = await member.call<number>('fork');
        await roundTrip(member, [late], session);
      });
    });
  }
}

test('by the callback: tickets survive a rotation in all workers, one that starts after it included', async () => {
  const ahead = toMiddle();
  await withMembers([{ workers: 2, period, ahead, keep: 2 }], async (member) => {
    const { session } = await member.connect();
    for (const worker of [1, 2]) await member.call('setAhead', [ahead + period * 1000], worker);
    await roundTrip(member, [1, 2], session);
    const late = await member.call<number>('fork');
    await member.call('setAhead', [ahead + period * 1000], late);
    await roundTrip(member, [1, 2, late], session);
  });
});

test('the primary is told no key of the ring, nor the secret', async () => {
  for (const broken of [undefined, 'missing'] as const) {
    await withMembers(
      [{ workers: 2, broken, secret: 'ab'.repeat(16) + 'cd'.repeat(16) }],
      async (member) => {
        const told = await member.call<string>('shared');
        assert.match(told, /^[0-9a-f]{96}$/);
        for (const worker of [1, 2]) {
          const native = await member.call<string>('ticketKeys', [], worker);
          assert.is(
            native === told,
            broken === undefined,
            'its own keys are in force only where ours are not',
          );
        }
      },
    );
  }
});

test.run();
