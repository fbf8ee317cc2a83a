// Node's own objects behind a TLS socket. Node does not document them, but they have been the same
// from Node 20 to 26; `probeRuntime` tries them before a server is attached, and the tests check
// every release.

/* oxlint-disable no-underscore-dangle -- the names are Node's */

import type { TLSSocket } from 'node:tls';
import type { SniCallback } from './server.ts';

/** What Node reports of a ClientHello when it asks for a session. */
export interface NativeHello {
  readonly sessionId: Uint8Array;
  /** Until Node 24. */
  readonly servername?: string;
}

/** Node's handle of a TLS connection. It is the stream's listener on the handle below. */
export interface TlsHandle {
  /** The handle of the socket that carries the connection. */
  readonly _parent: object;
  /** Takes bytes as if they had come from the handle below. */
  receive(bytes: Buffer): void;
  onclienthello(hello: NativeHello): void;
  onnewsession(id: Buffer, session: Buffer): void;
  /** Called at the end of each handshake, of TLS 1.2 also of those that negotiate anew. */
  onhandshakedone(): void;
  /** Called with an error of TLS, before the socket emits it. */
  onerror(error: NodeJS.ErrnoException): void;
  /** The name that the client has asked for last. */
  getServername(): string | false;
  isSessionReused(): boolean;
}

/** The options that a TLS socket was made with, an object of its own. */
export interface TlsSocketOptions {
  readonly isServer?: boolean;
  readonly secureContext?: object;
  readonly requestCert?: boolean;
  readonly rejectUnauthorized?: boolean;
  readonly SNICallback?: SniCallback;
  readonly pskCallback?: unknown;
}

/** A TLS socket with the properties that Node gives it. */
export interface NodeTlsSocket extends TLSSocket {
  /** null once it is closed. */
  readonly _handle: TlsHandle | null;
  readonly _tlsOptions: TlsSocketOptions;
  readonly _readableState: object;
  /** `secure` has been emitted, or is being emitted. */
  readonly _secureEstablished: boolean;
  /** Chooses a secure context by the server name; Node's own default one is not here. */
  _SNICallback: SniCallback | null;
  /** What Node's constructor calls when the handle is there, and nothing has been read yet. */
  _init(this: NodeTlsSocket, socket?: unknown, wrap?: unknown): void;
  /** The option `server` of the constructor. */
  server?: object;
}

/** The stream under a TLS socket: a socket, or any other. */
export interface BelowSocket {
  /** Bytes that it has read already. */
  readonly readableLength?: number;
}

/** null once the socket is closed. */
export function handleOf(socket: NodeTlsSocket): TlsHandle | null {
  return socket._handle;
}

/** The handle of the stream that carries a TLS connection. */
export function handleBelow(handle: TlsHandle): object {
  return handle._parent;
}

/** Whether Node has reported the end of the socket's handshake. */
export function isSecure(socket: NodeTlsSocket): boolean {
  return socket._secureEstablished;
}

export function isServerSide(socket: NodeTlsSocket): boolean {
  return socket._tlsOptions.isServer === true;
}

const nodesCallbacks = new WeakSet<SniCallback>();

/** Whether a callback is Node's own, which chooses among the contexts of `addContext`. */
export function isNodesSniCallback(callback: SniCallback): boolean {
  if (nodesCallbacks.has(callback)) return true;
  if (!String(callback).includes('this.server._contexts')) return false;
  nodesCallbacks.add(callback);
  return true;
}

/** The options that a TLS socket was made with; undefined for other objects. */
export function tlsOptionsOf(socket: object): TlsSocketOptions | undefined {
  return (socket as Partial<NodeTlsSocket>)._tlsOptions;
}

/**
 * An object that identifies a socket for its lifetime, since http2 shows programs a Proxy of the
 * socket itself; undefined for what is no stream.
 */
export function identityOf(socket: object): object | undefined {
  const state: unknown = (socket as Partial<NodeTlsSocket>)._readableState;
  return typeof state === 'object' && state !== null ? state : undefined;
}

/** Returns the callback that chooses a context for the socket, and replaces it if one is given. */
export function sniCallbackIn(socket: NodeTlsSocket, next?: SniCallback): SniCallback | null {
  if (next !== undefined) socket._SNICallback = next;
  return socket._SNICallback;
}
