// The client of cluster.js: one connection, and who served it.

import { connect } from 'node:tls';
import { readCertificate } from './certificates.js';

const REQUEST = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';

/**
 * Connects to `port` of this machine and offers `session`. Resolves to whether it resumed, the
 * session for next time, and the worker that answered.
 * @param {number} port
 * @param {string} version
 * @param {Buffer} [session]
 * @returns {Promise<{ resumed: boolean, session: Buffer | undefined, worker: string }>}
 */
export function visit(port, version, session) {
  return new Promise((resolve, reject) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: 'localhost',
      ca: readCertificate('ecdsa').cert,
      minVersion: /** @type {import('node:tls').SecureVersion} */ (version),
      maxVersion: /** @type {import('node:tls').SecureVersion} */ (version),
      session,
    });
    let resumed = false;
    let given = session;
    let answer = '';
    socket.setTimeout(5000, () => socket.destroy(new Error('a worker did not answer')));
    socket.on('session', (next) => (given = next));
    socket.on('secureConnect', () => {
      resumed = socket.isSessionReused();
      socket.write(REQUEST);
    });
    socket.setEncoding('utf8').on('data', (text) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => {
      const worker = /\r\n\r\n(?:\d+\r\n)?(\d+)/.exec(answer)?.[1];
      if (worker) resolve({ resumed, session: given, worker });
      else reject(new Error('a worker closed the connection'));
    });
  });
}
