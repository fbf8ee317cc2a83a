import { EventEmitter } from 'node:events';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Attempt } from './connection/attempt.ts';
import type { Hop } from './key/key.ts';
import { copyOptions } from './key/tls-options.ts';
import type { ClientSessionCache } from './sessions/sessions.ts';
import { sessionsOr } from './shared.ts';

/** Options of all adapters, besides those of the function that an adapter replaces. */
export interface SessionOptions {
  /** Where sessions are kept. Default: `defaultSessions()`. */
  sessions?: ClientSessionCache | undefined;
  /** `'proxy'` for connections to a proxy: their sessions are kept apart. Default: `'origin'`. */
  hop?: Hop | undefined;
}

/** What `connect` takes: all options of `tls.connect`, and where sessions are kept. */
export type ConnectOptions = ConnectionOptions & SessionOptions;

type Listener = () => void;

/**
 * `tls.connect`, with a session from the cache if there is one. If the options contain a `session`,
 * that one is used, and no session of the connection is kept.
 *
 * @throws what `tls.connect` throws; TypeError if `sessions` is not a ClientSessionCache.
 */
export function connect(options: ConnectOptions, listener?: Listener): TLSSocket;
export function connect(port: number, host?: string, options?: ConnectOptions, listener?: Listener): TLSSocket; // prettier-ignore
export function connect(port: number, options?: ConnectOptions, listener?: Listener): TLSSocket;
export function connect(path: string, options?: ConnectOptions, listener?: Listener): TLSSocket;
export function connect(...args: unknown[]): TLSSocket {
  if (isInternalCall()) return Reflect.apply(nodeConnect, tls, args) as TLSSocket;
  const { options, listener } = normalizeConnectArgs(args);
  const own = copyOptions(options) as ConnectOptions;
  return openWithSessions(own, own, (ready) => tls.connect(ready, listener));
}

/** `tls.connect` when this module was loaded: a program may replace it by `connect`. */
const { connect: nodeConnect } = tls;
/** Whether `open` is waiting for the call of `tls.connect` that its opener is about to make. */
let isOpening = false;

/**
 * Whether the call that a replacement of `tls.connect` has received comes from `open`, which
 * provides the session itself. True once for each opener: connections that the user's `lookup`
 * opens are others.
 */
export function isInternalCall(): boolean {
  const isFromOpen = isOpening;
  isOpening = false;
  return isFromOpen;
}

/**
 * Opens a connection with a function of Node or of a library, with a session if there is one.
 *
 * @param options those of the connection; each property is read once
 * @param opener calls `tls.connect` with its argument, or has a library do so
 */
export function open(
  where: SessionOptions,
  options: ConnectionOptions,
  opener: (options: ConnectionOptions) => TLSSocket,
): TLSSocket {
  return openWithSessions(where, copyOptions(options) as ConnectionOptions, opener);
}

/**
 * As `open`.
 *
 * @param options a copy, by `copyOptions`, which gets the session
 * @param instead the session to offer if the connection has no key
 */
export function openWithSessions(
  { sessions, hop }: SessionOptions,
  options: ConnectionOptions,
  opener: (options: ConnectionOptions) => TLSSocket,
  instead?: Buffer,
): TLSSocket {
  const cache = sessionsOr(sessions);
  const attempt = cache && new Attempt(cache, options, hop);
  const session = attempt?.isKeyed ? attempt.session : instead;
  let socket: TLSSocket;
  try {
    isOpening = tls.connect !== nodeConnect; // Node's own function does not ask
    if (session !== undefined) options.session = session;
    socket = opener(options);
  } catch (error) {
    attempt?.abandon();
    throw error;
  } finally {
    isOpening = false;
  }
  if (socket instanceof EventEmitter) attempt?.watch(socket);
  else attempt?.lose(); // a connector that does not say what it opened
  return socket;
}

/** The options and the listener that `tls.connect` makes of its arguments. */
export function normalizeConnectArgs(args: readonly unknown[]): {
  options: ConnectOptions;
  listener: Listener | undefined;
} {
  const [first, second, third] = args;
  const last = args.at(-1);
  const listener = typeof last === 'function' ? (last as Listener) : undefined;
  let options: Record<string, unknown> = {};
  if (isObject(first)) {
    options = first as Record<string, unknown>;
  } else if (typeof first === 'string' && !(Number(first) >= 0)) {
    options.path = first;
  } else {
    options.port = first;
    if (args.length > 1 && typeof second === 'string') options.host = second;
  }
  // Node adds them to the object itself, if there is one.
  if (isObject(second)) Object.assign(options, second);
  else if (isObject(third)) Object.assign(options, third);
  return { options, listener };
}

function isObject(value: unknown): value is ConnectOptions {
  return typeof value === 'object' && value !== null;
}
