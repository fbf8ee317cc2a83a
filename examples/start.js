// `npm start`: real TLS handshakes against a SessionCache, timed and checked. The server is in
// server.js, the clients are in client.js, what must hold is in checks.js.

import { parseArgs } from 'node:util';
import { checks } from './checks.js';
import { Client } from './client.js';
import { measure } from './measure.js';
import { printCheck, printCounters, printHeading, printTimes, printTimesNote } from './report.js';
import { serve } from './serve.js';
import { startServer } from './server-process.js';

const USAGE = `Usage: npm start -- [--handshakes N] [--mode server|off]
       npm start -- --serve [--port N]

  --handshakes N   full and resumed handshakes for each certificate; 200 if not given
  --mode off       a cache without the SERVER bit: nothing resumes, so this program fails
  --serve          an https server that says of each handshake whether it resumed, until stopped
  --port N         where it listens; 8443 if not given`;

const SORTS = {
  rsa: 'TLS 1.2, RSA-2048',
  ecdsa: 'TLS 1.2, ECDSA P-256',
  rsa13: 'TLS 1.3, RSA-2048',
  ecdsa13: 'TLS 1.3, ECDSA P-256',
};

const options = readOptions();
if (options?.serve) {
  serve(options.port);
} else if (options) {
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
    for (const [sort, label] of Object.entries(SORTS)) {
      outcomes.push(printTimes(label, await measure(server, client, sort, handshakes)));
    }
    printTimesNote();
    for (const check of checks) {
      const outcome = await check(server, client);
      printCheck(outcome);
      outcomes.push(outcome.ok);
    }
    printCounters(await server.call('stats'), await server.call('attached'));

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
        serve: { type: 'boolean', default: false },
        port: { type: 'string', default: '8443' },
      },
    });
    const [handshakes, port] = [Number(values.handshakes), Number(values.port)];
    const { mode, serve: serves } = values;
    const right = Number.isSafeInteger(handshakes) && handshakes > 0 && port >= 0 && port < 65536;
    if (right && ['server', 'off'].includes(mode)) return { handshakes, mode, serve: serves, port };
  } catch {
    // an option that there is not
  }
  return undefined;
}
