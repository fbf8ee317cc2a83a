// One handshake of a client with a server of this machine, as the benchmarks of servers make them.

import { connect } from 'node:tls';

/**
 * Offers `session`, if there is one, and waits for the connection to close. Resolves to whether it
 * was resumed, and to the newest session that the client has.
 */
export function handshake(port, secureContext, session) {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: '127.0.0.1',
      port,
      servername: 'localhost',
      secureContext,
      session,
    });
    const outcome = { resumed: false, session };
    socket.on('session', (given) => (outcome.session = given));
    socket.on('secureConnect', () => (outcome.resumed = socket.isSessionReused()));
    socket.on('error', reject);
    socket.on('close', () => resolve(outcome));
    socket.resume();
  });
}
