// One connection as the adapter sees it, and how its events are told from those of all others.

import { executionAsyncResource } from 'node:async_hooks';
import type { TLSSocket } from 'node:tls';
import type { Seconds } from '../checks.ts';
import type { Hello } from './hello.ts';
import type { Policy } from './scope.ts';
import { type SniCallback, sniCallbackOf, symbolOf, type TlsServer } from './server.ts';
import { SniChoice } from './sni.ts';

/** What the sessions of a connection inherit from the session that it resumed. */
export interface Origin {
  readonly authTime: Seconds;
  readonly tags: readonly Uint8Array[];
}

/** What is known of a connection. It is reachable from the connection alone, and goes with it. */
export class Connection {
  /** The attached server that it belongs to. */
  readonly host: object;
  /** The ClientHello, where it was read and is one. */
  readonly hello: Hello | undefined;
  /** What was in force when it was accepted: its handshake runs under that. */
  readonly policy: Policy;
  /** How many tags had been revoked then. */
  readonly revocations: number;
  /** When that was, ms since the epoch. */
  readonly acceptedAt: number = Date.now();
  /** Sessions, by id and version, that this connection resumed or made. */
  sessions: { id: Uint8Array; version: number }[] = [];
  /** Of the session that it was given to resume. */
  origin: Origin | undefined;
  /** It resumed that session. Known once the handshake is over. */
  isResumed = false;
  /** The tags of its sessions, once there are some. */
  tags: readonly Uint8Array[] | undefined;
  /** None of its sessions is to be kept any more. */
  isRevoked = false;
  /** The end of the handshake has been counted. */
  counted = false;
  /** The handshake is over. */
  secured = false;
  /** Of TLS, once the handshake is over. */
  socket: TLSSocket | undefined;
  /** What the program's SNICallback has been asked for it. */
  choice: SniChoice | undefined;

  constructor(host: object, hello: Hello | undefined, policy: Policy, revocations: number) {
    this.host = host;
    this.hello = hello;
    this.policy = policy;
    this.revocations = revocations;
  }

  /** Asks the SNICallback for `servername`, unless it has been asked already. */
  choose(callback: SniCallback, socket: TLSSocket, servername: string): SniChoice {
    if (this.choice?.servername !== servername) {
      this.choice = new SniChoice(callback, socket, servername);
    }
    return this.choice;
  }
}

/** Sees the events of a server, each with the connection that it is about, before their listeners. */
export type Witness = (connection: Connection, type: string | symbol, args: unknown[]) => void;

/** Connections by what stands for them: so that no way of printing a socket shows the ids in them. */
const connections = new WeakMap<object, Connection>();
const TOKEN = Symbol('connection');

/** The connection of a TLS socket that an attached server has finished. */
export function connectionOf(socket: object): Connection | undefined {
  // By a property, for http2 shows programs a Proxy of the socket.
  const { [TOKEN]: token } = socket as { [TOKEN]?: object };
  return token && connections.get(token);
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
    const emit = (stand: object, type: string | symbol, args: unknown[]): boolean => {
      const connection = connections.get(stand);
      const outer = this.#current;
      this.#current = connection;
      try {
        if (connection) witness(connection, type, args);
        // One that was ended instead is not the program's business.
        const isOver = type === 'secureConnection' && (args[0] as TLSSocket).destroyed;
        return isOver || server.emit(type, ...args);
      } finally {
        this.#current = outer;
      }
    };
    this.#base = Object.create(server, {
      emit: {
        value(this: object, type: string | symbol, ...args: unknown[]): boolean {
          return emit(this, type, args);
        },
      },
      ...sharedChoice(server),
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
  remember(connection: Connection, socket: TLSSocket): void {
    const handle = tlsHandle();
    if (handle) this.#byHandle.set(handle, connection);
    connection.socket = socket;
    const token = Object.freeze({});
    connections.set(token, connection);
    Object.defineProperty(socket, TOKEN, { value: token });
  }

  /** A server for one connection. */
  for(connection: Connection): TlsServer {
    const stand = Object.create(this.#base) as TlsServer;
    connections.set(stand, connection);
    return stand;
  }
}

/** Properties that let a connection's SNICallback be asked once, however many want its answer. */
function sharedChoice(server: TlsServer): PropertyDescriptorMap {
  const callback = sniCallbackOf(server);
  const key = callback && symbolOf(server, 'snicallback');
  if (key === undefined) return {};
  const value: SniCallback = function choose(servername, done) {
    const { server: stand } = this as { server?: object };
    const connection = stand && connections.get(stand);
    if (connection === undefined) callback!.call(this, servername, done);
    else connection.choose(callback!, this, servername).tell(done);
  };
  return { [key]: { value } };
}

/** Node's handle of the TLS connection from whose callback we are called. */
function tlsHandle(): object | undefined {
  const resource = executionAsyncResource();
  return resource.constructor?.name === 'TLSWrap' ? resource : undefined;
}

/** The server name that the connection has asked for last, from whose handle's callback we are called. */
export function currentServername(): string | undefined {
  const handle = tlsHandle() as { getServername?: () => string | false } | undefined;
  const name = handle?.getServername?.();
  return name === false ? '' : name;
}

/** The TLS socket from whose handle's callback we are called. */
export function currentSocket(): TLSSocket | undefined {
  const handle = tlsHandle();
  const key = handle && symbolOf(handle, 'owner_symbol');
  return key && (handle as Record<symbol, TLSSocket | undefined>)[key];
}
