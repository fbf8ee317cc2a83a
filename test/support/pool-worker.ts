// A process of pool.ts: runs the files that it is given.

import { leftOpen } from './leftovers.ts';
import type { Order, Told } from './pool.ts';
import { type Failure, runFile, watchStrays } from './run-file.ts';

const tell = (told: Told): void => void process.send!(told);
const fail = (failure: Failure): void => tell({ failure });

watchStrays(fail);
process.on('message', async (order: Order) => {
  if (order !== 'end') return tell({ result: await runFile(order.file, fail) });
  process.channel!.unref(); // or it were among what is open
  const open: Told = { open: await leftOpen() };
  process.send!(open, () => process.exit());
});
