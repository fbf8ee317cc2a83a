// One connection as the adapter sees it, and how its events are told from those of all others.

import { executionAsyncResource } from 'node:async_hooks';
import type { TlsServer } from './server.ts';
import type { Hello } from './hello.ts';

/** What is known of a connection. It is reachable from the connection alone, and goes with it. */
export class Connection {
  /** The ClientHello, where it was read and is one. */
  readonly hello: Hello | undefined;
  /** Sessions, by id and version, that this connection resumed or made. */
  sessions: { id: Uint8Array; version: number }[] = [];
  /** The end of the handshake has been counted. */
  counted = false;
  /** The handshake is over. */
  secured = false;

  constructor(hello: Hello | undefined) {
    this.hello = hello;
  }
}

/** Sees the events of a server, each with the connection that it is about, before their listeners. */
export type Witness = (connection: Connection, type: string | symbol, args: unknown[]) => void;

const CONNECTION = Symbol('connection');

interface Stand {
  [CONNECTION]?: Connection;
}

/**
 * Node tells in no event but `secureConnection` and `tlsClientError` which connection it is about. So
 * each TLS socket is made in the name of an object that inherits everything from the server, but
 * knows its connection when it emits.
 */
export class StandIns {
  readonly #base: object;
  readonly #byHandle = new WeakMap<object, Connection>();
  #current: Connection | undefined;

  constructor(server: TlsServer, witness: Witness) {
    const emit = (stand: Stand, type: string | symbol, args: unknown[]): boolean => {
      const connection = stand[CONNECTION];
      const outer = this.#current;
      this.#current = connection;
      try {
        if (connection) witness(connection, type, args);
        return server.emit(type, ...args);
      } finally {
        this.#current = outer;
      }
    };
    this.#base = Object.create(server, {
      emit: {
        value(this: Stand, type: string | symbol, ...args: unknown[]): boolean {
          return emit(this, type, args);
        },
      },
    }) as object;
  }

  /** The connection whose event is being emitted. */
  get current(): Connection | undefined {
    if (this.#current !== undefined) return this.#current;
    const handle = tlsHandle();
    return handle && this.#byHandle.get(handle);
  }

  /**
   * To be called while an event of `connection` is emitted: once it is secure its socket knows the
   * real server, and TLS 1.3 makes its sessions after that.
   */
  remember(connection: Connection): void {
    const handle = tlsHandle();
    if (handle) this.#byHandle.set(handle, connection);
  }

  /** A server for one connection. */
  for(connection: Connection): TlsServer {
    const stand = Object.create(this.#base) as Stand;
    stand[CONNECTION] = connection;
    return stand as TlsServer;
  }
}

/** Node's handle of the TLS connection from whose callback we are called. Only its identity is used. */
function tlsHandle(): object | undefined {
  const resource = executionAsyncResource();
  return resource.constructor?.name === 'TLSWrap' ? resource : undefined;
}
