// The servers of index.js, in a process of their own, which counts its CPU time.

import { createServer } from 'node:tls';
import { attachTicketKeys } from 'sesscache/tickets';
import { readCertificate } from '../../examples/certificates.js';
import { countBlocks } from '../paired/counter.js';

const [version, name, size, ...ways] = process.argv.slice(2);
const certificate = name === 'ecdsa' ? 'ecdsa' : 'rsa';

await countBlocks(await Promise.all(ways.map(serve)), Number(size));

/** See `ways` in index.js. */
async function serve(/** @type {string} */ way) {
  const server = createServer({
    ...readCertificate(certificate),
    maxVersion: version === 'TLSv1.3' ? 'TLSv1.3' : 'TLSv1.2',
    sessionIdContext: 'bench',
  });
  if (way === 'floor') answerAlike(server, 1);
  if (way === 'floorAlways') answerAlike(server, 2);
  if (way === 'ring' || way === 'always') {
    const attached = attachTicketKeys(server, {
      secret: Buffer.from('a secret of a benchmark, and of nothing else'),
      renew: way === 'always' ? 'always' : 'older',
      onError(error) {
        throw error;
      },
    });
    await attached.ready;
  }
  return server;
}

/**
 * The least callback that works: one key for ever, and one IV, which no server may have. `status`:
 * 1 for tickets that are accepted, 2 for tickets that are renewed too.
 */
function answerAlike(server, status) {
  const [keyName, hmac, aes, iv] = ['n', 'h', 'a', 'i'].map((letter) => Buffer.alloc(16, letter));
  const made = [1, hmac, aes, keyName, iv];
  const offered = [status, hmac, aes];
  const { context } = server._sharedCreds; // oxlint-disable-line no-underscore-dangle
  context.onticketkeycallback = (_name, _iv, isNew) => (isNew ? made : offered);
  context.enableTicketKeyCallback();
}
