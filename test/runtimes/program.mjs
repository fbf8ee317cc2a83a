// What works in the runtime that runs this: `<port> <certificate>`, of an https server that answers
// whether a connection resumed. Prints JSON.

import { readFileSync } from 'node:fs';
import https from 'node:https';
import tls from 'node:tls';
import { encodeSession, peekSession, SessionSecrets } from '../../dist/asn1/index.js';
import { ClientSessionCache, SessionAgent } from '../../dist/client/index.js';
import { Session, SessionCache, SessionCacheMode } from '../../dist/index.js';
import { metricsOf } from '../../dist/metrics/index.js';
import { attachServer } from '../../dist/node/index.js';

const [port, certificate, key] = process.argv.slice(2);
const ca = readFileSync(certificate, 'utf8');

/** What `work` says, or the code of what it throws. */
function attempt(work) {
  try {
    return work();
  } catch (error) {
    return error.code ?? error.message;
  }
}

/** One connection of its own for one request: 'R' if it resumed, 'F' if not. */
function visit(agent, host) {
  const options = { host, port, ca, agent, headers: { connection: 'close' } };
  return new Promise((resolve) => {
    const request = https.get(
      { ...options, servername: host === 'localhost' ? host : '' },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => (text += chunk));
        // The last ticket may come after the answer.
        answer.on('end', () => setTimeout(resolve, 50, text));
      },
    );
    request.on('error', (error) => resolve(`(${error.message})`));
  });
}

async function visits(agent, ...hosts) {
  let text = '';
  for (const host of hosts) text += await visit(agent, host);
  return text;
}

const TLS12 = {
  protocolVersion: 0x0303,
  cipher: 0xc02f,
  id: new Uint8Array(32).fill(1),
  secrets: new SessionSecrets({ masterKey: new Uint8Array(48).fill(2) }),
};
const four = ['localhost', 'localhost', 'localhost', 'localhost'];
const sessions = new ClientSessionCache();
const report = {
  cache: attempt(() => {
    const cache = new SessionCache({ mode: SessionCacheMode.SERVER });
    const id = new Uint8Array(32).fill(7);
    cache.addSession(new Session({ id, data: Uint8Array.of(1, 2, 3) }));
    return cache.resumeSession(id)?.data.join('') === '123' ? 'yes' : 'no';
  }),
  asn1: attempt(() =>
    peekSession(encodeSession(TLS12)).protocolVersion === 0x0303 ? 'yes' : 'no',
  ),
  metrics: attempt(() => (metricsOf(new SessionCache()) ? 'yes' : 'no')),
  stock: await visits(new https.Agent(), ...four),
  agent: await visits(new SessionAgent({ sessions }), ...four),
  names: await visits(new SessionAgent(), 'localhost', '127.0.0.1'),
};
for (const [name, { createServer }] of Object.entries({ tls, https })) {
  report[name] = attempt(() => {
    const server = createServer({ cert: ca, key: readFileSync(key, 'utf8') });
    attachServer(server, new SessionCache(), { onError() {} }).detach();
    return 'yes';
  });
}
process.stdout.write(JSON.stringify(report), () => process.exit());
