// A sentinel makes the replica the master, while handshakes go on.

import { connectSentinel } from './clients.ts';
import { type Fault, meet, type Outcome, type Target, type Timing } from './faults.ts';
import { withSentinel } from './groups.ts';

export const FAILOVER: Fault = { name: 'failover', begin: () => {}, end: () => {} };

/** As `meet`, with clients that ask a sentinel where the master is. */
export async function meetFailover(timing: Timing): Promise<Outcome[]> {
  let outcomes: Outcome[] = [];
  await withSentinel(async ({ port, name, master, failedOver }) => {
    const fault: Fault = { ...FAILOVER, begin: () => master.kill(), end: failedOver };
    outcomes = await meet(fault, {} as Target, timing, (library) =>
      connectSentinel(library, port, name),
    );
  });
  return outcomes;
}
