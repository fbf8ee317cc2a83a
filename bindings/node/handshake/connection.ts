// One connection as the adapter sees it, and how its events are distinguished from those of others.

import type { EventEmitter } from 'node:events';
import type { Seconds } from '../../checks.ts';
import { hostClock } from '../../clock.ts';
import { Given } from '../../given.ts';
import type { SessionCache } from '../../index.ts';
import type { Hello } from '../hello/hello.ts';
import type { Policy } from '../policy/policy.ts';
import { SniChoice } from '../policy/sni.ts';
import {
  handleOf,
  type NodeTlsSocket,
  identityOf,
  sniCallbackIn,
  type TlsHandle,
} from '../runtime/internals.ts';
import type { SniCallback } from '../runtime/server.ts';
import type { ConnectionTrace } from '../trace.ts';
import type { Reading } from './reader.ts';

/** The part of the attached server that a connection needs. */
interface ConnectionHost {
  readonly server: object;
  readonly cache: SessionCache;
}

/** Notified of the end of a connection's handshake, and of its errors. */
export interface ConnectionObserver {
  /** The handshake is over, and Node has not reported it yet. Returns true to keep it from Node. */
  onHandshakeDone(connection: ServerConnection): boolean;
  /** Node has reported the handshake, or will do so later. */
  onHandshakeTold(connection: ServerConnection): void;
  /** An error of TLS; a lost connection is none. */
  onError(connection: ServerConnection, error: NodeJS.ErrnoException): void;
  onClose(connection: ServerConnection): void;
}

/** The state that the sessions of a connection inherit from the session that it resumed. */
export interface Origin {
  readonly authTime: Seconds;
  readonly tags: readonly Uint8Array[];
}

/** The state of one connection, reachable only from its TLS socket and collected with it. */
export class ServerConnection {
  /** The attached server that it belongs to. */
  readonly host: ConnectionHost;
  readonly socket: NodeTlsSocket;
  /** The policy when it was accepted, under which its handshake runs. */
  readonly policy: Policy;
  /** Number of tags that had been revoked when it was accepted. */
  readonly revocations: number;
  /** When it was accepted, ms since the epoch. */
  readonly acceptedAt: number = hostClock();
  /** The ClientHello, once it has been read and is valid. */
  hello: Hello | undefined;
  /** Reads the hello; undefined where hellos are not read, or afterwards. */
  reading: Reading | undefined;
  /** Sessions, by id and version, that this connection resumed or made. */
  sessions: { id: Uint8Array; version: number }[] = [];
  /** Origin of the session that Node was given to resume. */
  origin: Origin | undefined;
  /** The tags of its sessions, once it has sessions. */
  tags: readonly Uint8Array[] | undefined;
  /** Whether another listener answers what Node asks about it: see `ServerConnections.add`. */
  isAnsweredElsewhere = false;
  /** Whether its sessions must no longer be stored. */
  isRevoked = false;
  /** Whether the end of the handshake has been counted. */
  counted = false;
  /** Whether the handshake is over. */
  secured = false;
  /** The answer of the program's SNICallback for it, once called. */
  choice: SniChoice | undefined;
  /** Publishes its messages, if there was a listener when it was accepted. */
  trace: ConnectionTrace | undefined;
  readonly observer: ConnectionObserver;
  readonly #handle: TlsHandle | null;

  constructor(
    host: ConnectionHost,
    observer: ConnectionObserver,
    socket: NodeTlsSocket,
    policy: Policy,
    revocations: number,
  ) {
    this.host = host;
    this.observer = observer;
    this.socket = socket;
    this.policy = policy;
    this.revocations = revocations;
    this.#handle = handleOf(socket);
  }

  /**
   * The server name that the client has asked for last; empty without one. For use while an event
   * of the connection is emitted: its socket may be destroyed by then, but its handle is not.
   */
  get servername(): string {
    return this.#handle?.getServername() || '';
  }

  /** Whether it resumed a session; for use at the same times as `servername`. */
  get isResumed(): boolean {
    return this.#handle?.isSessionReused() === true;
  }

  /** Asks the SNICallback for `servername`, unless it has been asked already. */
  choose(callback: SniCallback, servername: string): SniChoice {
    if (this.choice?.servername !== servername) {
      this.choice = new SniChoice(callback, this.socket, servername);
    }
    return this.choice;
  }
}

/** Notes the connection on an object of Node's, in a private field. */
class Mark extends Given {
  #connection: ServerConnection;

  private constructor(object: object, connection: ServerConnection) {
    super(object);
    this.#connection = connection;
  }

  static put(object: object, connection: ServerConnection): void {
    if (#connection in object) object.#connection = connection;
    else new Mark(object, connection); // oxlint-disable-line no-new -- `object` itself
  }

  static on(object: object): ServerConnection | undefined {
    return #connection in object ? object.#connection : undefined;
  }
}

function onClose(this: NodeTlsSocket): void {
  const connection = connectionOf(this);
  connection?.observer.onClose(connection);
}

/** The connection of a TLS socket of an attached server. */
export function connectionOf(socket: object): ServerConnection | undefined {
  const part = identityOf(socket);
  return part && Mark.on(part);
}

/**
 * Tells the connections of one server apart when it emits events that do not say which it is about.
 */
export class ServerConnections {
  #current: ServerConnection | undefined;

  /** The connection whose `resumeSession` or `newSession` is being emitted. */
  get current(): ServerConnection | undefined {
    return this.#current;
  }

  /** To be called before the socket has read anything. */
  add(connection: ServerConnection): void {
    const { observer, socket } = connection;
    const part = identityOf(socket);
    const handle = handleOf(socket);
    if (part === undefined || handle === null) return;
    Mark.put(part, connection);
    // These are properties of the handle already. To give it one more would take several
    // microseconds: Node's definition of `reading` has left each handle a hidden class of its own.
    const { onclienthello, onnewsession, onhandshakedone, onerror } = handle;
    handle.onclienthello = (hello) => {
      const outer = this.#current;
      this.#current = connection;
      // Counted before the listeners are called, as those added by `once` are removed then.
      connection.isAnsweredElsewhere = answerersOf(socket) > 1;
      try {
        onclienthello.call(handle, hello);
      } finally {
        this.#current = outer;
      }
    };
    handle.onnewsession = (id, session) => {
      const outer = this.#current;
      this.#current = connection;
      try {
        onnewsession.call(handle, id, session);
      } finally {
        this.#current = outer;
      }
    };
    handle.onhandshakedone = () => {
      if (observer.onHandshakeDone(connection)) return;
      onhandshakedone.call(handle);
      observer.onHandshakeTold(connection);
    };
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is no EventTarget
    handle.onerror = (error) => {
      observer.onError(connection, error);
      onerror.call(handle, error);
    };
    socket.on('close', onClose);
    shareChoice(connection);
  }
}

/**
 * Whether a `resumeSession` listener declares the callback parameter with which it would answer. A
 * listener that only counts, for example, leaves the answer to the cache.
 */
export function canAnswer(listener: unknown): boolean {
  return typeof listener === 'function' && listener.length >= 2;
}

/** How many listeners may answer which session a connection resumes. */
function answerersOf({ server }: NodeTlsSocket): number {
  const emitter = server as EventEmitter | undefined;
  const count = emitter?.listenerCount('resumeSession') ?? 0;
  return count < 2 ? count : emitter!.listeners('resumeSession').filter(canAnswer).length;
}

/** Makes all callers share one call of the program's SNICallback for a connection. */
function shareChoice(connection: ServerConnection): void {
  const { socket, policy } = connection;
  const callback = policy.sniCallback;
  if (callback === undefined || sniCallbackIn(socket) !== callback) return;
  sniCallbackIn(socket, (servername, done) => connection.choose(callback, servername).tell(done));
}
