// What is too long for `npm test`: 20 million sessions, and the longest single call at a million.
//
//   node --import tsx test/scale/cli.ts [sessions] [millions]

import { lead, type Life } from './life.ts';
import { fillWith } from './millions.ts';
import { Stopwatch } from './stopwatch.ts';

const LIVES = 3;

const [sessions = '1000000', many = '20000000'] = process.argv.slice(2);

const lives: Life[] = [];
while (lives.length < LIVES) lives.push(lead(Number(sessions), 160));
const idle = new Stopwatch();
for (let i = 0; i < 1e6; i++) idle.time('nothing at all', () => i);
const watches = lives.map(({ watch }) => watch);
console.log(`${sessions} sessions of 160 bytes, the best of ${LIVES} runs`);
console.log(`${Stopwatch.best(watches)}\n${idle}`);
for (const { bytes, memory } of lives.slice(0, 1)) {
  const each = (total: number): string => (total / Number(sessions)).toFixed(1);
  console.log(`${each(bytes)} bytes a session, ${each(memory)} with all management\n`);
}

console.log(`${many} sessions of 20 bytes`);
console.log(fillWith(Number(many)));
