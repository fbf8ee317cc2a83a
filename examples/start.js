/* oxlint-disable no-await-in-loop -- one handshake at a time, so that none waits for another */

// `npm start`: real TLS handshakes against a SessionCache, timed and checked. The server is in
// server.js, the clients are in client.js, what must hold is in checks.js.

import { parseArgs } from 'node:util';
import { checks } from './checks.js';
import { Client } from './client.js';
import { measure } from './measure.js';
import { printCheck, printCounters, printHeading, printTimes } from './report.js';
import { startServer } from './server-process.js';

const USAGE = `Usage: npm start -- [--handshakes N] [--mode server|off]

  --handshakes N   full and resumed handshakes for each certificate; 200 if not given
  --mode off       a cache without the SERVER bit: nothing resumes, so this program fails`;

const CERTIFICATES = { rsa: 'RSA-2048', ecdsa: 'ECDSA P-256' };

const options = readOptions();
if (options) {
  process.exitCode = await run(options).catch((error) => {
    console.error(`FAIL  ${error.message}`);
    return 1;
  });
} else {
  console.error(USAGE);
  process.exitCode = 2;
}

/** Does everything, prints it, and resolves to the exit code. */
async function run({ handshakes, mode }) {
  const server = await startServer(mode);
  try {
    const client = new Client(server.port);
    const outcomes = [];

    printHeading();
    for (const [certificate, label] of Object.entries(CERTIFICATES)) {
      outcomes.push(printTimes(label, await measure(server, client, certificate, handshakes)));
    }
    console.log();
    for (const check of checks) {
      const outcome = await check(server, client);
      printCheck(outcome);
      outcomes.push(outcome.ok);
    }
    printCounters(await server.call('stats'));

    const failures = outcomes.filter((ok) => ok === false).length;
    if (failures > 0) console.error(`\n${failures} of ${outcomes.length} checks failed`);
    return failures > 0 ? 1 : 0;
  } finally {
    server.stop();
  }
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        handshakes: { type: 'string', default: '200' },
        mode: { type: 'string', default: 'server' },
      },
    });
    const handshakes = Number(values.handshakes);
    const { mode } = values;
    if (Number.isSafeInteger(handshakes) && handshakes > 0 && ['server', 'off'].includes(mode)) {
      return { handshakes, mode };
    }
  } catch {
    // an option that there is not
  }
  return undefined;
}
