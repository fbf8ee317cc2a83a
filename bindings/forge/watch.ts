// Watches a connection of forge: reports when its handshake has finished and when it fails.

import type { Session } from '../index.ts';
import { checkObject } from '../checks.ts';
import type { ForgeHost } from './host.ts';
import type { ForgeConnection } from './types.ts';

const watched = new WeakSet<ForgeConnection>();

/** Sets the session cache of a connection, and is called before its owner when it ends. */
export function watch(host: ForgeHost, connection: ForgeConnection): void {
  checkObject(connection, 'connection');
  if (watched.has(connection)) {
    throw new TypeError('"connection" expected one that is not watched, got one that is');
  }
  watched.add(connection);

  /** The session to remove if the connection fails. */
  let session: Session | undefined;
  connection.sessionCache = {
    order: ['sesscache'],
    getSession(id?: string) {
      const answer = host.ask(id, connection);
      session = answer ? host.behind(answer) : undefined;
      return answer;
    },
    setSession(_id: string, established: unknown) {
      host.finish(established, connection, connection.handshakes === 0 || connection.handshaking);
    },
  };

  const { connected, error } = connection;
  connection.connected = (each) => {
    session = host.finish(connection.session, connection) ?? session;
    connected.call(connection, each);
  };
  connection.error = (each, reason) => {
    const isFatal = reason?.fatal !== false; // as forge reads it
    if (isFatal && session) {
      host.drop(session);
      session = undefined;
    }
    error.call(connection, each, reason);
  };
}
