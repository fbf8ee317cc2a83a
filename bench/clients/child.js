// A stock client of `npm run bench:clients` and the contenders that are compared with it, in one
// process: makes connections when told to, and says what they took.

import { readCertificate } from '../../examples/certificates.js';
import { contenders } from './contenders.js';

const [version = '', certificate = '', ...names] = process.argv.slice(2);
const { cert: ca } = readCertificate(certificate === 'ecdsa' ? 'ecdsa' : 'rsa');
const tls = {
  ca,
  minVersion: /** @type {'TLSv1.2'} */ (version),
  maxVersion: /** @type {'TLSv1.2'} */ (version),
};
/** @type {Record<string, any>} */
const clients = Object.fromEntries(
  names.map((name) => {
    const make = contenders[name];
    if (make === undefined) throw new Error(`there is no contender ${name}`);
    return [name, { full: make(tls, true), resumed: make(tls, false) }];
  }),
);

process.on('message', ({ name, port, mode, count }) => {
  visits(clients[name][mode], port, mode === 'full', count).then(
    (figures) => process.send?.(figures),
    (error) => {
      throw error;
    },
  );
});
process.on('disconnect', () => process.exit());

/** Makes `count` connections, after one that brings the first session. */
async function visits({ visit, forget }, port, full, count) {
  const answers = full ? [] : [await visit(port)];
  const cpu = process.cpuUsage();
  const start = performance.now();
  for (let i = 0; i < count; i++) {
    if (full) forget?.();
    answers.push(await visit(port));
  }
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const strange = answers.find((answer) => answer !== 'resumed' && answer !== 'full');
  if (strange !== undefined) throw new Error(`the server said ${strange}`);
  const counted = answers.slice(-count);
  const resumed = counted.filter((answer) => answer === 'resumed').length / count;
  return { perSecond: count / seconds, cpu: (user + system) / count, resumed, answers };
}
