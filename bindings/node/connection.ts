// One connection as the adapter sees it, and how its events are told from those of all others.

import type { EventEmitter } from 'node:events';
import type { Seconds } from '../checks.ts';
import { hostClock } from '../clock.ts';
import type { SessionCache } from '../index.ts';
import type { Hello } from './hello.ts';
import {
  handleOf,
  type NodeTlsSocket,
  ownPart,
  sniCallbackIn,
  type TlsHandle,
} from './internals.ts';
import type { Reading } from './reader.ts';
import type { Policy } from './policy.ts';
import type { SniCallback } from './server.ts';
import { SniChoice } from './sni.ts';
import type { ConnectionTrace } from './trace.ts';

/** What a connection tells of the attachment that it belongs to. */
interface ConnectionHost {
  readonly server: object;
  readonly cache: SessionCache;
}

/** Told of the ends of a connection's handshake and of the connection. */
export interface ConnectionObserver {
  /** The handshake is over, and Node has not said so yet; true: Node is to hear nothing of it. */
  onHandshakeDone(connection: ServerConnection): boolean;
  /** Node has told of the handshake all that it will, or waits with it. */
  onHandshakeTold(connection: ServerConnection): void;
  /** TLS complains of something; a connection that is lost is no error of TLS. */
  onError(connection: ServerConnection, error: NodeJS.ErrnoException): void;
  onClose(connection: ServerConnection): void;
}

/** What the sessions of a connection inherit from the session that it resumed. */
export interface Origin {
  readonly authTime: Seconds;
  readonly tags: readonly Uint8Array[];
}

/** What is known of a connection. It is reachable from its TLS socket alone, and goes with it. */
export class ServerConnection {
  /** The attached server that it belongs to. */
  readonly host: ConnectionHost;
  readonly socket: NodeTlsSocket;
  /** What was in force when it was accepted: its handshake runs under that. */
  readonly policy: Policy;
  /** How many tags had been revoked then. */
  readonly revocations: number;
  /** When that was, ms since the epoch. */
  readonly acceptedAt: number = hostClock();
  /** The ClientHello, once it was read and is one. */
  hello: Hello | undefined;
  /** Reads the hello, where that is done. */
  reading: Reading | undefined;
  /** Sessions, by id and version, that this connection resumed or made. */
  sessions: { id: Uint8Array; version: number }[] = [];
  /** Of the session that it was given to resume. */
  origin: Origin | undefined;
  /** The tags of its sessions, once there are some. */
  tags: readonly Uint8Array[] | undefined;
  /** Whether another listener answers what Node asks about it: see `ServerConnections.add`. */
  isAnsweredElsewhere = false;
  /** None of its sessions is to be kept any more. */
  isRevoked = false;
  /** The end of the handshake has been counted. */
  counted = false;
  /** The handshake is over. */
  secured = false;
  /** What the program's SNICallback has been asked for it. */
  choice: SniChoice | undefined;
  /** What is told of it, where there was a listener when it was accepted. */
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

  /** Whether it resumed a session; to be asked as `servername` is. */
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

/** Returns the object that it is given: what extends it puts its private fields there. */
// oxlint-disable-next-line typescript/no-extraneous-class -- the way to give it private fields
class Given {
  constructor(object: object) {
    return object; // oxlint-disable-line no-constructor-return
  }
}

/**
 * Notes the connection on an object of Node's, in a private field: no other code sees it, and it
 * goes with the object. A WeakMap would do the same, but each garbage collection has to look
 * through it.
 */
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
  const part = ownPart(socket);
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
    const part = ownPart(socket);
    const handle = handleOf(socket);
    if (part === undefined || handle === null) return;
    Mark.put(part, connection);
    // These are properties of the handle already. To give it one more would take several
    // microseconds: Node's definition of `reading` has left each handle a hidden class of its own.
    const { onclienthello, onnewsession, onhandshakedone, onerror } = handle;
    handle.onclienthello = (hello) => {
      const outer = this.#current;
      this.#current = connection;
      // Counted before any is called: a listener that is to be called once is gone then.
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
 * Whether a `resumeSession` listener takes the callback by which it would answer. One that only
 * counts, say, leaves the answer to the cache: nothing else would give one.
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

/** Has the program's SNICallback asked once for a connection, however many want its answer. */
function shareChoice(connection: ServerConnection): void {
  const { socket, policy } = connection;
  const callback = policy.sniCallback;
  if (callback === undefined || sniCallbackIn(socket) !== callback) return;
  sniCallbackIn(socket, (servername, done) => connection.choose(callback, servername).tell(done));
}
