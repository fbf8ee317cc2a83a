// Decides which sessions a connection may resume: those whose session id context in the cache
// equals the one derived here, from everything that decides which clients are accepted and how well
// their connections are protected.

import { createHash, randomBytes } from 'node:crypto';
import { sameBytes } from '../../checks.ts';
import { TLS1_3 } from '../../protocol.ts';
import { isNodesSniCallback, type TlsSocketOptions } from '../runtime/internals.ts';
import {
  contextOptions,
  givesTickets,
  type NativeContext,
  pskCallbackOf,
  type SniCallback,
  sniCallbackOf,
  type TlsServer,
  versionsOf,
} from '../runtime/server.ts';
import { type ContextDigest, digestContext, digestUnknown } from './secure-context.ts';

/** Maximum number of remembered names, so that clients cannot fill the memory with names. */
const NAMES_MAX = 1024;

/** A server's own secure context, as it was made. */
export interface ServerContext extends ContextDigest {
  readonly sessionIdContext: string;
  readonly givesTickets: boolean;
  /** Versions that it speaks, oldest first. */
  readonly versions: readonly number[];
}

/** A context that was chosen by a server name, and the names that it is for. */
interface NamedContext {
  readonly names: RegExp;
  readonly native: NativeContext;
  readonly digest: ContextDigest;
}

/** The settings of a server from one change to the next. Immutable. */
export class Policy {
  readonly context: ServerContext;
  /** The session id context that OpenSSL writes into the server's sessions. */
  readonly sessionIdContext: Uint8Array;
  readonly requestCert: boolean;
  /** Whether all names trust the same clients, so that no name accepts a client another refuses. */
  readonly trustsAlike: boolean;
  readonly rejectUnauthorized: boolean;
  /** The newest version that the server speaks; 0 if none. */
  readonly newest: number;
  readonly oldest: number;
  /** Its versions before TLS 1.3, newest first. */
  readonly upToTLS12: readonly number[];
  readonly #tracker: PolicyTracker;
  readonly #credentials: object | undefined;
  readonly #named: readonly NamedContext[];
  readonly #derived = new Map<string | undefined, Uint8Array>();

  constructor(tracker: PolicyTracker, context: ServerContext, named: readonly NamedContext[]) {
    const { requestCert, rejectUnauthorized } = tracker.server;
    this.context = context;
    this.sessionIdContext = Buffer.from(context.sessionIdContext);
    this.requestCert = Boolean(requestCert);
    this.rejectUnauthorized = Boolean(rejectUnauthorized);
    const { versions } = context;
    this.newest = versions.at(-1) ?? 0;
    this.oldest = versions[0] ?? 0xffff;
    this.upToTLS12 = versions.filter((version) => version < TLS1_3).toReversed();
    this.#tracker = tracker;
    this.#credentials = tracker.server._sharedCreds; // oxlint-disable-line no-underscore-dangle
    this.#named = named;
    this.trustsAlike =
      !this.requestCert ||
      (tracker.sniCallback === undefined &&
        named.every(({ digest }) => sameBytes(digest.trust, context.trust)));
  }

  /** Whether the options of a context for names are unknown and could matter. */
  get hasUnknownContexts(): boolean {
    const { sniCallback } = this.#tracker;
    if (!this.requestCert) return false;
    return (
      sniCallback !== undefined || this.#named.some(({ native }) => !this.#tracker.knows(native))
    );
  }

  get sniCallback(): SniCallback | undefined {
    return this.#tracker.sniCallback;
  }

  /** Whether an SNICallback decides which clients a connection to `name` trusts. */
  asksFor(name: string | undefined): boolean {
    return this.requestCert && Boolean(name) && this.#tracker.sniCallback !== undefined;
  }

  /**
   * Whether a TLS socket runs under this policy: programs may make sockets in the name of a server
   * that ask for other certificates, or none, or have another secure context.
   */
  governs({
    secureContext,
    requestCert,
    rejectUnauthorized,
    SNICallback,
    pskCallback,
  }: TlsSocketOptions): boolean {
    if (secureContext !== this.#credentials || Boolean(requestCert) !== this.requestCert)
      return false;
    if (this.requestCert && Boolean(rejectUnauthorized) !== this.rejectUnauthorized) return false;
    const { sniCallback } = this.#tracker;
    if ((pskCallback || undefined) !== this.#tracker.pskCallback) return false;
    if (sniCallback !== undefined) return SNICallback === sniCallback;
    if (SNICallback !== undefined) return isNodesSniCallback(SNICallback);
    return this.#named.length === 0;
  }

  /**
   * The session id context for connections to `name`, 32 bytes; `undefined` stands for any name.
   * `chosen`: the choice of the SNICallback, where `asksFor(name)`.
   */
  contextFor(name: string | undefined, chosen?: NativeContext): Uint8Array {
    if (chosen !== undefined) return this.#derive(name, [this.#tracker.digestOf(chosen)]);
    const known = this.#derived.get(name);
    if (known !== undefined) return known;
    if (this.#derived.size >= NAMES_MAX) this.#derived.clear();
    const context = this.#derive(name, this.#contextsFor(name));
    this.#derived.set(name, context);
    return context;
  }

  /**
   * The contexts that may be in force for a name, as Node looks for them: the last one that fits.
   */
  #contextsFor(name: string | undefined): ContextDigest[] {
    // Node asks the callback instead. Without client certificates its choice has no effect here.
    if (this.#tracker.sniCallback !== undefined) return [];
    if (name === undefined) return this.#named.map(({ digest }) => digest);
    const found = name === '' ? undefined : this.#named.findLast(({ names }) => names.test(name));
    return found ? [found.digest] : [];
  }

  #derive(name: string | undefined, contexts: readonly ContextDigest[]): Uint8Array {
    const { requestCert, rejectUnauthorized } = this;
    const hash = createHash('sha256');
    const add = (part: string | Uint8Array): void => {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hash.update(length).update(bytes);
    };
    add('sesscache/node');
    add(this.#tracker.namespace);
    add(this.sessionIdContext);
    add(`${requestCert} ${requestCert && rejectUnauthorized}`);
    for (const { common, trust } of [this.context, ...contexts]) {
      add(common);
      // Without client certificates it makes no difference who would be trusted.
      if (requestCert) add(trust);
    }
    // The decision of a callback that is not called is unknown, too.
    const { sniCallback, usesPskCallback, unique } = this.#tracker;
    if (usesPskCallback || (name === undefined && requestCert && sniCallback)) add(unique);
    add(name === undefined ? 'any name' : `name ${name}`);
    return new Uint8Array(hash.digest());
  }
}

/** The options of contexts by Node's own objects: of servers, and for names. */
const serverContexts = new WeakMap<object, ServerContext>();
const namedContexts = new WeakMap<object, ContextDigest>();

/** Tracks the policy of a server. */
export class PolicyTracker {
  readonly server: TlsServer;
  readonly namespace: Uint8Array;
  /** Random, different for each server. */
  readonly unique: Uint8Array = randomBytes(32);
  readonly sniCallback: SniCallback | undefined;
  readonly pskCallback: unknown;
  readonly usesPskCallback: boolean;
  /** Called with each secure context of the server but the first. */
  onChange: ((context: ServerContext, previous: ServerContext) => void) | undefined;
  #policy: Policy;
  /** The inputs of the policy: it is valid until one of them changes. */
  #credentials: object | undefined;
  #requestCert: unknown;
  #rejectUnauthorized: unknown;
  /** Names and contexts in alternation. */
  #contexts: readonly (RegExp | NativeContext)[] = [];

  constructor(server: TlsServer, namespace: Uint8Array | undefined) {
    this.server = server;
    this.namespace = namespace ?? randomBytes(32);
    this.sniCallback = sniCallbackOf(server);
    this.pskCallback = pskCallbackOf(server);
    this.usesPskCallback = this.pskCallback !== undefined;
    // The properties of the server are the best knowledge of what its context was made of.
    this.noteServerContext();
    this.#policy = this.#makePolicy();
  }

  /** The present policy; a new object after each change. */
  get policy(): Policy {
    const { server } = this;
    /* oxlint-disable no-underscore-dangle */
    if (
      server._sharedCreds !== this.#credentials ||
      server.requestCert !== this.#requestCert ||
      server.rejectUnauthorized !== this.#rejectUnauthorized ||
      !isSame(server._contexts, this.#contexts)
    ) {
      const { context } = this.#policy;
      this.#policy = this.#makePolicy();
      if (this.#policy.context !== context) this.onChange?.(this.#policy.context, context);
    }
    /* oxlint-enable no-underscore-dangle */
    return this.#policy;
  }

  /** As of now: `policy.contextFor(name)`. */
  contextFor(name: string | undefined): Uint8Array {
    return this.policy.contextFor(name);
  }

  /**
   * Digests the options of the server's own context, once, since programs may change arrays and
   * buffers later. To be called right after the context was made, while the server's properties are
   * its options.
   */
  noteServerContext(): void {
    const { server } = this;
    const credentials = server._sharedCreds; // oxlint-disable-line no-underscore-dangle
    if (credentials === undefined || serverContexts.has(credentials)) return;
    const digest = digestContext(credentials.context, contextOptions(server));
    serverContexts.set(credentials, describeContext(server, digest));
  }

  /** Records the options of a new context for names. */
  noteNamed(native: NativeContext, options: object): void {
    namedContexts.set(native, digestContext(native, options as Record<string, unknown>));
  }

  knows(native: NativeContext): boolean {
    return namedContexts.has(native);
  }

  digestOf(native: NativeContext): ContextDigest {
    return namedContexts.get(native) ?? digestUnknown(native);
  }

  #makePolicy(): Policy {
    const { server } = this;
    /* oxlint-disable no-underscore-dangle */
    this.#credentials = server._sharedCreds;
    this.#requestCert = server.requestCert;
    this.#rejectUnauthorized = server.rejectUnauthorized;
    const pairs = server._contexts ?? [];
    /* oxlint-enable no-underscore-dangle */
    this.#contexts = pairs.flat();
    const named = pairs.map(([names, native]) => {
      return { names, native, digest: this.digestOf(native) };
    });
    return new Policy(this, this.#contextOf(server), named);
  }

  /**
   * The server's own context; unknown if it was set in a way that is not watched.
   */
  #contextOf(server: TlsServer): ServerContext {
    const credentials = server._sharedCreds; // oxlint-disable-line no-underscore-dangle
    const known = credentials && serverContexts.get(credentials);
    if (known !== undefined) return known;
    const { trust } = digestUnknown(credentials?.context ?? {});
    const context = describeContext(server, { common: trust, protection: trust, trust });
    if (credentials) serverContexts.set(credentials, context);
    return context;
  }
}

function describeContext(server: TlsServer, digest: ContextDigest): ServerContext {
  return {
    ...digest,
    sessionIdContext: server.sessionIdContext ?? '',
    givesTickets: givesTickets(server),
    versions: versionsOf(server._sharedCreds?.context ?? {}, server), // oxlint-disable-line no-underscore-dangle
  };
}

/**
 * Whether the contexts for names are unchanged. Takes five nanoseconds per name, a hundredth of
 * Node's own search for a name.
 */
function isSame(
  pairs: TlsServer['_contexts'] = [],
  contexts: readonly (RegExp | NativeContext)[],
): boolean {
  if (pairs.length * 2 !== contexts.length) return false;
  for (let i = 0, at = 0; i < pairs.length; i++, at += 2) {
    const pair = pairs[i]!;
    if (pair[0] !== contexts[at] || pair[1] !== contexts[at + 1]) return false;
  }
  return true;
}
