// `node --import tsx test/asn1/fuzz-cli.ts [count] [seed]`: a million spoilt sessions, or as many
// as said.

import { fuzz } from './fuzz.ts';

const [count = '1000000', seed = String(Date.now() % 2 ** 31)] = process.argv.slice(2);
console.log(`seed ${seed}`);
console.log(fuzz({ count: Number(count), seed: Number(seed), seconds: Infinity }));
