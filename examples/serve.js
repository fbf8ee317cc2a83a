// `npm start -- --serve`: an https server to try clients against. A line for each handshake.

import { constants } from 'node:crypto';
import { createServer } from 'node:https';
import { SessionCache } from 'sesscache';
import { attachServer } from 'sesscache/node';
import { certificatePath, readCertificate } from './certificates.js';

/** Serves on the loopback interface until the process is stopped; port 0 is any that is free. */
export function serve(port) {
  const cache = new SessionCache();
  const server = createServer({
    ...readCertificate('rsa'),
    secureOptions: constants.SSL_OP_NO_TICKET,
    sessionIdContext: 'npm-start-serve',
  });
  const attached = attachServer(server, cache, { tls13: true });

  server.on('secureConnection', (socket) => {
    const outcome = socket.isSessionReused() ? 'resumed' : 'full   ';
    const name = socket['servername'] || '(no name)';
    const { name: cipher } = socket.getCipher();
    const { hits, misses } = attached.stats();
    const missed = Object.entries(misses).filter(([, count]) => count > 0);
    const why = missed.map(([cause, count]) => `${cause} ${count}`).join(', ') || 'none';
    console.log(
      `${outcome}  ${socket.getProtocol()}  ${cipher}  ${name}  ` +
        `sessions ${cache.stats().number}, hits ${hits}, misses: ${why}`,
    );
  });
  server.on('request', (request, response) => {
    const resumed = /** @type {import('node:tls').TLSSocket} */ (request.socket).isSessionReused();
    response.setHeader('connection', 'close'); // so that reloading the page is a new handshake
    response.end(resumed ? 'resumed\n' : 'full handshake\n');
  });
  server.on('error', (error) => {
    console.error(`cannot serve: ${error.message}`);
    process.exitCode = 1;
  });
  server.listen(port, 'localhost', () => {
    const { port: at } = /** @type {import('node:net').AddressInfo} */ (server.address());
    console.log(introduction(at));
  });
}

function introduction(port) {
  const trust = certificatePath('rsa.cert.pem');
  return `https://localhost:${port}/ is open; Ctrl+C closes it. In another terminal:

  openssl s_client -connect localhost:${port} -tls1_2 -reconnect < /dev/null | grep -E '^(New|Reused)'
  openssl s_client -connect localhost:${port} -sess_out session.pem -ign_eof <<< $'GET / HTTP/1.0\\r\\n\\r'
  openssl s_client -connect localhost:${port} -sess_in session.pem -ign_eof <<< $'GET / HTTP/1.0\\r\\n\\r'
  curl --cacert ${trust} https://localhost:${port}/ https://localhost:${port}/

or a browser, after its warning about the certificate, reloading the page. Handshakes:
`;
}
