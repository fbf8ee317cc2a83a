// `npm run matrix:faults`: a table of the effects that faults of Redis have on handshakes.
// All real, on loopback; exits with 1 if a connection was lost or sessions were not shared again
// afterwards. `-- paused full`: these faults only.

import { FAILOVER, meetFailover } from './failover.ts';
import { FAULTS, meet, type Outcome } from './faults.ts';
import { Proxy } from './proxy.ts';
import { withRedis } from './server.ts';

const wanted = process.argv.slice(2);
const all = [...FAULTS, FAILOVER];
const unknown = wanted.find((name) => !all.some((fault) => fault.name === name));
if (unknown !== undefined) {
  console.error(`no fault '${unknown}': there are ${all.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const timing = { deadline: 25, cooldown: 1000 };
let failures = 0;

console.log(`A lookup may take ${timing.deadline} ms; the breaker rests ${timing.cooldown} ms.\n`);
print(['fault', 'client', 'version', 'connections', 'completed', 'resumed: old', 'new', 'slowest', 'recovery', 'after']); // prettier-ignore
for (const fault of all) {
  if (wanted.length > 0 && !wanted.includes(fault.name)) continue;
  if (fault === FAILOVER) show(await meetFailover(timing));
  else {
    await withRedis(async (redis) => {
      const proxy = await Proxy.before(redis.port);
      try {
        show(await meet(fault, { redis, proxy }, timing));
      } finally {
        await proxy.refuse();
      }
    });
  }
}
if (failures > 0) {
  console.error(`in ${failures} rows a connection was lost`);
  process.exitCode = 1;
}

function show(outcomes: Outcome[]): void {
  for (const row of outcomes) {
    const { attempted, completed, resumedAfter } = row;
    if (completed < attempted) failures++;
    print([
      row.fault,
      row.library,
      row.version,
      `${attempted}`,
      `${completed}`,
      `${row.resumedOld}`,
      `${row.resumedNew}`,
      `${row.slowest.toFixed(0)} ms`,
      `${row.recovery.toFixed(0)} ms`,
      `${resumedAfter}`,
    ]);
  }
}

function print(cells: string[]): void {
  const widths = [15, 11, 9, 12, 10, 13, 4, 9, 9, 7];
  const padded = cells.map((cell, i) =>
    i < 3 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!),
  );
  console.log(padded.join(' '));
}
