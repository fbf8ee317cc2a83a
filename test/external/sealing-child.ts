// Opens sealed secrets of all sizes, overwrites the results, and searches its own memory for them.
//
//   node --import tsx sealing-child.ts

import { randomBytes } from 'node:crypto';
import { NONCE_BYTES, Xaes } from '../../bindings/external/xaes.ts';
import { MarkedSecrets } from './marked-secrets.ts';

const SIZES = [100, 160, 250, 700, 1500, 4000];
const EACH = 100;

const secrets = new MarkedSecrets();
const aead = new Xaes(randomBytes(32));
const nothing = new Uint8Array(0);
let opened = 0;
let held: Buffer | undefined;
for (const size of SIZES) {
  for (let i = 0; i < EACH; i++) {
    const secret = secrets.make(size);
    const nonce = randomBytes(NONCE_BYTES);
    const sealed = aead.seal(nonce, nothing, secret);
    const plain = aead.open(nonce, nothing, sealed);
    if (plain?.equals(secret)) opened++;
    secret.fill(0);
    held?.fill(0);
    held = plain;
    if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
const before = secrets.search();
held?.fill(0);
console.log(JSON.stringify({ secrets: secrets.size, opened, before, left: secrets.search() }));
process.exit();
