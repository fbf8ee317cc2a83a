// Records the options of a server's secure contexts when these are made: the program may change the
// options afterwards.

import { type SecureContext, type SecureContextOptions, Server } from 'node:tls';
import { checkObject } from '../../checks.ts';
import { copyLists } from '../../tls/lists.ts';
import { CONTEXT_PROPERTIES, contextOptions, type TlsServer } from '../runtime/server.ts';
import type { PolicyTracker } from './policy.ts';
import { KNOWN_OPTIONS } from './secure-context.ts';

type Method = 'setSecureContext' | 'addContext';

/** Follows the contexts of a server: for its sessions, or for its ticket keys. */
interface Watcher {
  readonly tracker: PolicyTracker;
  readonly report: (error: unknown) => void;
  readonly onCrl: ((crl: unknown) => void) | undefined;
}

/** The replaced methods of a server. They are replaced once, for all watchers. */
interface Watched {
  readonly watchers: Set<Watcher>;
  /** Restores the original; returns false if a program has wrapped the method since. */
  readonly restore: () => boolean;
}

const watched = new WeakMap<TlsServer, Watched>();

/**
 * Watches until the returned function is called. `report` gets unexpected errors, `onCrl` the CRLs
 * of contexts for names.
 */
export function watchContexts(
  tracker: PolicyTracker,
  report: (error: unknown) => void,
  onCrl?: (crl: unknown) => void,
): () => void {
  const { server } = tracker;
  const known = watched.get(server);
  const { watchers, restore } = known ?? watchServer(server);
  if (known === undefined) watched.set(server, { watchers, restore });
  const watcher: Watcher = { tracker, report, onCrl };
  watchers.add(watcher);
  return () => {
    watchers.delete(watcher);
    // If a program has wrapped them they stay, and serve later watchers.
    if (watchers.size === 0 && restore()) watched.delete(server);
  };
}

function watchServer(server: TlsServer): Watched {
  const { setSecureContext, addContext } = server;
  const watchers = new Set<Watcher>();
  const tell = (operation: (watcher: Watcher) => void): void => {
    for (const watcher of watchers) {
      try {
        operation(watcher);
      } catch (error) {
        watcher.report(error); // the program's call has succeeded
      }
    }
  };

  const set = replace(server, 'setSecureContext', (options: SecureContextOptions) => {
    if (watchers.size === 0) return setSecureContext.call(server, options);
    const given = readOnce(options);
    const previous = readAll(server, CONTEXT_PROPERTIES);
    try {
      setSecureContext.call(server, given);
    } catch (error) {
      // Node has changed some of them already, though the old context is still in force.
      Object.assign(server, previous);
      throw error;
    }
    tell(({ tracker }) => {
      tracker.noteServerContext();
      void tracker.policy; // tells of the change
    });
  });

  const add = replace(server, 'addContext', (hostname: string, options: SecureContextOptions) => {
    const context = watchers.size === 0 ? options : readOnce(options);
    addContext.call(server, hostname, context);
    const native = server._contexts?.at(-1)?.[1]; // oxlint-disable-line no-underscore-dangle
    const isReadyMade = (context as Partial<SecureContext> | undefined)?.context === native;
    if (native === undefined || isReadyMade) return;
    tell(({ tracker }) => tracker.noteNamed(native, context ?? {}));
    tell(({ onCrl }) => onCrl?.(context?.crl));
  });

  const restore = (): boolean => {
    if (!set.isOnTop() || !add.isOnTop()) return false;
    set.undo();
    add.undo();
    return true;
  };
  return { watchers, restore };
}

/**
 * Options for Node whose values do not change between reads: the digest and the context then have
 * the same input, even if the program's options are getters or proxies. Unknown options and a
 * ready-made context are passed on as they are.
 */
function readOnce(options: SecureContextOptions): SecureContextOptions {
  if (typeof options !== 'object' || options === null || 'context' in options) return options;
  const read = copyLists(valuesIn(options));
  // Inherited: options that a newer release of Node may read.
  return Object.create(options, Object.getOwnPropertyDescriptors(read)) as SecureContextOptions;
}

/** The known options in an object, inherited ones too, each read once. */
function valuesIn(options: SecureContextOptions): Record<string, unknown> {
  return readAll(
    options,
    [...KNOWN_OPTIONS].filter((name) => name in options),
  );
}

/**
 * Calls `server.setSecureContext` with `options`, and for all others with what the server has now:
 * Node itself drops options that are not passed.
 *
 * @throws TypeError unless `options` is an object, and what Node throws
 */
export function changeSecureContext(server: TlsServer, options: SecureContextOptions): void {
  checkObject(options, 'options');
  server.setSecureContext(completeOptions(server, options));
}

/**
 * A new key or certificate replaces the old ones in whatever form they came; versions and
 * `secureProtocol` exclude each other.
 */
function completeOptions(server: TlsServer, options: SecureContextOptions): SecureContextOptions {
  const given = Object.fromEntries(
    Object.entries({ ...valuesIn(options), ...unknownIn(options) }).filter(
      ([, value]) => value !== undefined,
    ),
  ) as SecureContextOptions;
  const kept = contextOptions(server);
  const drop = (...names: (typeof CONTEXT_PROPERTIES)[number][]): void => {
    for (const name of names) delete kept[name];
  };
  const isEngine = 'privateKeyIdentifier' in given || 'privateKeyEngine' in given;
  if ('pfx' in given || 'key' in given || isEngine) {
    drop('key', 'passphrase', 'pfx', 'privateKeyIdentifier', 'privateKeyEngine');
  }
  if ('pfx' in given) drop('cert');
  if ('cert' in given) drop('pfx');
  if ('secureProtocol' in given) drop('minVersion', 'maxVersion');
  if ('minVersion' in given || 'maxVersion' in given) drop('secureProtocol');
  return { ...kept, ...given };
}

/** Options that a newer release of Node may read. */
function unknownIn(options: SecureContextOptions): object {
  return readAll(
    options,
    Object.keys(options).filter((name) => !KNOWN_OPTIONS.has(name)),
  );
}

function readAll(options: object, names: readonly string[]): Record<string, unknown> {
  const values = options as Record<string, unknown>;
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

/** Replaces a method. */
function replace<M extends Method>(
  server: TlsServer,
  name: M,
  method: Server[M],
): { isOnTop: () => boolean; undo: () => void } {
  const previous = Object.getOwnPropertyDescriptor(server, name);
  Object.defineProperty(server, name, {
    value: method,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  return {
    isOnTop: () => server[name] === method,
    undo() {
      if (previous === undefined) delete (server as Partial<TlsServer>)[name];
      else Object.defineProperty(server, name, previous);
    },
  };
}
