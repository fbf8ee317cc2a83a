// A process of random.test.ts: runs the sequences that it is sent.

import { runSequences, type Sequences } from './sequences.ts';

process.on('message', (asked: Sequences) => process.send!(runSequences(asked)));
