// A client on a host that cannot have a cache. Prints, as JSON, what is thrown and whether
// connections succeed without a cache.

import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { readCertificate } from '../../examples/certificates.js';
import { SessionCache } from '../../bindings/index.ts';
import { ClientSessionCache, connect, SessionAgent } from '../../bindings/client/index.ts';

const codes: (string | undefined)[] = [];
process.on('warning', (warning: Error & { code?: string }) => {
  if (warning.name === 'SesscacheWarning') codes.push(warning.code);
});

function thrownBy(make: () => unknown): unknown {
  try {
    make();
    return undefined;
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return { name, code, hasRemedy: /: (allow it|raise the limit)/.test(message) };
  }
}

const certificate = readCertificate('rsa');
const server = https.createServer(certificate, (_request, response) => response.end('hello'));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo;
const options = { host: '127.0.0.1', port, servername: 'localhost', ca: certificate.cert };

const socket = connect(options);
await once(socket, 'secureConnect');
socket.destroy();
const agent = new SessionAgent();
const statuses: (number | undefined)[] = [];
for (let i = 0; i < 2; i++) {
  const [answer] = (await once(https.get({ ...options, agent }), 'response')) as [
    import('node:http').IncomingMessage,
  ];
  answer.resume();
  statuses.push(answer.statusCode);
  await once(answer, 'end');
}
const report = {
  cache: thrownBy(() => new SessionCache()),
  client: thrownBy(() => new ClientSessionCache()),
  sessions: thrownBy(() => agent.sessions),
  statuses,
  codes,
};
process.stdout.write(JSON.stringify(report), () => process.exit());
