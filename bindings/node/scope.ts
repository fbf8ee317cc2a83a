// Which sessions a connection may have: those whose session id context in the cache equals the one
// made here. It changes with everything that decides who is let in.

import { createHash, randomBytes } from 'node:crypto';
import { defaultAuthorities } from './authorities.ts';
import type { TlsServer } from './server.ts';

/** Names that are kept: more would let clients fill the memory with names. */
const NAMES_MAX = 1024;

/** What a session of this server is filed under in the cache. */
export class Scope {
  readonly #server: TlsServer;
  readonly #namespace: Uint8Array;
  readonly #byName = new Map<string, Uint8Array>();
  #seen: unknown[] = [];
  #serverContext: Buffer = Buffer.alloc(0);

  constructor(server: TlsServer, namespace: Uint8Array | undefined) {
    this.#server = server;
    this.#namespace = namespace ?? randomBytes(32);
  }

  /** The session id context that OpenSSL writes into the server's sessions. */
  get serverContext(): Uint8Array {
    this.#follow();
    return this.#serverContext;
  }

  /** 32 bytes for connections to `name`; undefined: whatever the name. */
  contextFor(name: string | undefined): Uint8Array {
    this.#follow();
    const key = name === undefined ? '' : `.${name}`;
    const known = this.#byName.get(key);
    if (known !== undefined) return known;
    if (this.#byName.size >= NAMES_MAX) this.#byName.clear();
    const context = this.#derive(key, policiesOf(this.#server, name));
    this.#byName.set(key, context);
    return context;
  }

  /** Begins anew when `setSecureContext` or `addContext` may have changed what counts. */
  #follow(): void {
    const server = this.#server;
    /* oxlint-disable no-underscore-dangle */
    const hosts = server._contexts?.length;
    // Its options may be the same objects as before, with other certificates in them.
    const credentials = server._sharedCreds;
    /* oxlint-enable no-underscore-dangle */
    const { sessionIdContext, requestCert, rejectUnauthorized } = server;
    const seen = this.#seen;
    if (
      seen.length > 0 &&
      seen[0] === sessionIdContext &&
      seen[1] === requestCert &&
      seen[2] === rejectUnauthorized &&
      seen[3] === credentials &&
      seen[4] === hosts
    ) {
      return;
    }
    this.#seen = [sessionIdContext, requestCert, rejectUnauthorized, credentials, hosts];
    this.#serverContext = Buffer.from(sessionIdContext ?? '');
    this.#byName.clear();
  }

  #derive(name: string, policies: number): Uint8Array {
    const { requestCert, rejectUnauthorized, ca, crl, pfx } = this.#server;
    const hash = createHash('sha256');
    const add = (part: string | Uint8Array): void => {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part;
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hash.update(length).update(bytes);
    };
    add('sesscache/node');
    add(this.#namespace);
    add(this.#serverContext);
    add(`${Boolean(requestCert)} ${Boolean(requestCert && rejectUnauthorized)}`);
    // Without client certificates it makes no difference who would be trusted.
    if (requestCert) {
      // A pfx may have authorities in it.
      const parts = [...partsOf(ca), 'crl', ...partsOf(crl), 'pfx', ...partsOf(pfx)];
      for (const part of parts) add(part);
      if (ca === undefined || ca === null) add(defaultAuthorities());
    }
    add(name);
    add(`${policies}`);
    return hash.digest();
  }
}

/**
 * How many contexts `addContext` has been given for a name, or for any if names do not count; the last
 * one is in force. Node does not tell whom a context trusts: only that it is another one.
 */
function policiesOf(server: TlsServer, name: string | undefined): number {
  const { _contexts: contexts = [] } = server; // oxlint-disable-line no-underscore-dangle
  if (name === undefined) return contexts.length;
  return contexts.filter(([pattern]) => pattern.test(name)).length; // as Node looks for it
}

/** The certificates or lists of an option of `createServer`, as it was given. */
function partsOf(value: unknown): (string | Uint8Array)[] {
  if (value === undefined || value === null) return [];
  const parts = (Array.isArray(value) ? value : [value]) as unknown[];
  return parts.map((part) => {
    const bytes = (part as { buf?: unknown } | undefined)?.buf ?? part; // a pfx and its passphrase
    return bytes instanceof Uint8Array ? bytes : String(bytes);
  });
}
