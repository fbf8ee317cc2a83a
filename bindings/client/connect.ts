import { EventEmitter } from 'node:events';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { Attempt } from './attempt.ts';
import type { Hop } from './key.ts';
import type { ClientSessionCache } from './sessions.ts';
import { sessionsOr } from './shared.ts';
import { ownOptions } from './tls-options.ts';

/** What adapters take beside the options of what they stand in for. */
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
 * `tls.connect`, with a session from the cache if there is one. A `session` of yours goes before, and
 * then nothing is kept.
 *
 * @throws what `tls.connect` throws; TypeError if `sessions` is not a ClientSessionCache.
 */
export function connect(options: ConnectOptions, listener?: Listener): TLSSocket;
export function connect(port: number, host?: string, options?: ConnectOptions, listener?: Listener): TLSSocket; // prettier-ignore
export function connect(port: number, options?: ConnectOptions, listener?: Listener): TLSSocket;
export function connect(path: string, options?: ConnectOptions, listener?: Listener): TLSSocket;
export function connect(...args: unknown[]): TLSSocket {
  const listener = args.findLast((arg): arg is Listener => typeof arg === 'function');
  const given = normalize(args);
  return open(given, given, (options) => tls.connect(options, listener));
}

/**
 * Opens a connection by a function of Node or of a library, with a session if there is one.
 *
 * @param options what the connection is made with; its properties are read once
 */
export function open(
  { sessions, hop }: SessionOptions,
  options: ConnectionOptions,
  opener: (options: ConnectionOptions) => TLSSocket,
): TLSSocket {
  const own = ownOptions(options) as ConnectionOptions;
  const attempt = new Attempt(sessionsOr(sessions), own, hop);
  const { session } = attempt;
  let socket: TLSSocket;
  try {
    socket = opener(session === undefined ? own : { ...own, session });
  } catch (error) {
    attempt.abandon();
    throw error;
  }
  if (socket instanceof EventEmitter) attempt.watch(socket);
  else attempt.lose(); // a connector that does not say what it opened
  return socket;
}

/** The options that `tls.connect` makes of its arguments. */
function normalize(args: readonly unknown[]): ConnectOptions {
  const [first, second, third] = args;
  if (isObject(first)) return first;
  const options: Record<string, unknown> = {};
  if (typeof first === 'string' && !(Number(first) >= 0)) {
    options.path = first;
  } else {
    options.port = first;
    if (typeof second === 'string') options.host = second;
  }
  return Object.assign(options, isObject(second) ? second : isObject(third) ? third : undefined);
}

function isObject(value: unknown): value is ConnectOptions {
  return typeof value === 'object' && value !== null;
}
