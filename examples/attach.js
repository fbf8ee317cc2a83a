// Puts a SessionCache behind a node:tls or node:https server, OpenSSL's counters included. What
// tls-server.js does in two listeners, with the care that a server in service needs.

/**
 * attach stores the sessions of `server` in `cache` and resumes them from there. The server must
 * set SSL_OP_NO_TICKET, `maxVersion: 'TLSv1.2'` and a `sessionIdContext`.
 *
 * No trouble with the cache reaches a client: whatever throws or rejects goes to `onError`, and the
 * client has a full handshake. `connection` is handed to the cache's callbacks and may override
 * the cache's `sessionIdContext`. `async` waits for a get callback that returns promises.
 */
export function attach(server, cache, options = {}) {
  const { connection = {}, async = false, onError = console.error } = options;

  server.on('connection', () => guard(() => cache.startHandshake('server')));

  // Raised at the end of a full handshake. `done` at once: Node holds the client up until then.
  server.on('newSession', (id, data, done) => {
    guard(() => {
      const session = cache.createSession({ id, data, connection });
      cache.finishHandshake('server', session, { connection });
    });
    done();
  });

  server.on('resumeSession', (id, done) => {
    if (async) {
      const found = cache.resumeSessionAsync(id, connection).then(copyOf);
      found.catch(report).then((data) => done(null, data));
    } else {
      // A view is good only until the next call on the cache, so it is copied here and now.
      const data = guard(() => copyOf(cache.viewSession(id, connection)));
      done(null, data);
    }
  });

  server.on('secureConnection', (socket) => {
    if (!socket.isSessionReused()) return;
    // Node does not tell which session this socket resumed; the counters do not need it.
    guard(() => cache.finishHandshake('server', undefined, { resumed: true, connection }));
  });

  function guard(operation) {
    try {
      return operation();
    } catch (error) {
      return report(error);
    }
  }

  function report(error) {
    onError(error);
    return null;
  }
}

/** The session as Node wants it; null asks for a full handshake. */
function copyOf(session) {
  return session ? Buffer.from(session.data) : null;
}
