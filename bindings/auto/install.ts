// Replaces `tls.connect` and `https.Agent.prototype.createConnection`, and restores them.

import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import tls, { type ConnectionOptions, type TLSSocket } from 'node:tls';
import { checkCallback, checkObject } from '../checks.ts';
import {
  type ClientSessionCache,
  isInternalCall,
  normalizeConnectArgs,
  openWithSessions,
  copyOptions,
  sessionsOr,
} from '../client/internal.ts';
import { AgentSessions } from './agent-sessions.ts';

/** The options of `install`. */
export interface InstallOptions {
  /** Where sessions are kept. Default: `defaultSessions()` of sesscache/client. */
  sessions?: ClientSessionCache | undefined;
  /**
   * Whether to leave a connection alone, by the options of `tls.connect`, which it must not change.
   * If it throws, the connection is left alone.
   */
  exclude?: ((options: Readonly<ConnectionOptions>) => boolean) | undefined;
}

type Function = (...args: any[]) => any;

/** The present installation. */
interface Installation {
  sessions: ClientSessionCache | undefined;
  exclude: InstallOptions['exclude'];
  uninstall: () => void;
}

/**
 * Marks the functions of this package, also those of another copy of it. Wrappers may have copied
 * the mark, so it says itself when the installation has ended.
 */
const INSTALLED = Symbol.for('sesscache.auto');

interface Mark {
  /** Ends the installation; undefined: it has ended. */
  uninstall: (() => void) | undefined;
}

let current: Installation | undefined;

/**
 * Makes every `tls.connect` of the process resume sessions of earlier connections, as `connect` of
 * sesscache/client does: those of `https`, `http2`, built-in `fetch` and of libraries. Connections
 * without a key, and those with a `session` of their own, stay unchanged.
 *
 * Installed twice is once: the options of the last call count. Modules that have taken
 * `tls.connect` out of its module before, in CommonJS, go on with what they took. Each worker
 * thread has its own.
 *
 * @returns a function that puts back what was there. If a program has replaced `tls.connect` in the
 *   meantime, its function stays, and reaches Node's through ours, which does nothing more.
 * @throws TypeError naming the option that is wrong.
 */
export function install(options: InstallOptions = {}): () => void {
  checkObject(options, 'options');
  const exclude = checkCallback(options.exclude, 'exclude');
  const sessions = sessionsOr(options.sessions);
  if (current !== undefined) return Object.assign(current, { sessions, exclude }).uninstall;
  const { [INSTALLED]: other } = tls.connect as { [INSTALLED]?: Mark };
  if (other?.uninstall !== undefined) return other.uninstall;
  const agents = new AgentSessions();
  const restore = [
    replace(tls, 'connect', (original) => connectThrough(original, agents)),
    replace(https.Agent.prototype, 'createConnection', (original) => agents.watch(original)),
  ];
  const uninstall = (): void => {
    if (current?.uninstall !== uninstall) return;
    current = undefined;
    mark.uninstall = undefined;
    for (const back of restore) back();
    syncBuiltinESMExports();
  };
  current = { sessions, exclude, uninstall };
  const mark: Mark = { uninstall };
  Object.defineProperty(tls.connect, INSTALLED, { value: mark, configurable: true });
  syncBuiltinESMExports();
  return uninstall;
}

/** The replacement of `tls.connect`. Each call looks up the installation, which may have ended. */
function connectThrough(original: Function, agents: AgentSessions): Function {
  return function connect(this: unknown, ...args: unknown[]): TLSSocket {
    const isInternal = isInternalCall();
    if (current === undefined || isInternal)
      return Reflect.apply(original, this, args) as TLSSocket;
    const { sessions } = current;
    const { options, listener } = normalizeConnectArgs(args);
    const copy = copyOptions(options) as ConnectionOptions;
    const passOn = (ready: ConnectionOptions): TLSSocket =>
      Reflect.apply(original, this, listener ? [ready, listener] : [ready]) as TLSSocket;
    if (isExcluded(current, copy)) return passOn(copy);
    // Our session takes precedence over the agent's, which is used if the connection has no key.
    const { session } = copy;
    if (!agents.isFromAgent(session)) return openWithSessions({ sessions }, copy, passOn);
    copy.session = undefined;
    return openWithSessions({ sessions }, copy, passOn, session);
  };
}

function isExcluded({ exclude, sessions }: Installation, options: ConnectionOptions): boolean {
  if (exclude === undefined) return false;
  try {
    return Boolean(exclude(options));
  } catch {
    sessions?.noteError();
    return true;
  }
}

/**
 * Replaces a function by one that looks the same, with the properties that wrappers have added.
 * Returns a function that undoes it.
 */
function replace(owner: object, name: string, make: (original: Function) => Function): () => void {
  const holder = owner as Record<string, Function>;
  const original = holder[name]!;
  const replacement = make(original);
  const { prototype: _, ...looks } = Object.getOwnPropertyDescriptors(original);
  Object.defineProperties(replacement, looks);
  holder[name] = replacement;
  return () => {
    if (holder[name] === replacement) holder[name] = original;
  };
}
