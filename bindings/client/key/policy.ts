// The policy of a connection: everything that its key depends on, read from its options and from
// the process.

import tls, { type ConnectionOptions, TLSSocket } from 'node:tls';
import { Parts } from './parts.ts';
import { NoText } from './policy-text.ts';
import { unknownReadsHere } from './release-reads.ts';
import { type Absence, CONTEXT_OPTIONS, type Form, REFUSED } from './tls-options.ts';
import {
  defaultAuthoritiesText,
  isStandardCheck,
  processText,
  replacedContext,
  verifiesByDefault,
} from './trust.ts';

/** Where a connection ends: at the origin itself, or at a proxy on the way to it. */
export type Hop = 'origin' | 'proxy';

/** Why a connection has no key. */
export interface Unkeyable {
  /** The option that prevents caching. */
  blockingOption: string;
  /** Whether the reason is that its function or object is new for each connection. */
  isClosure?: true;
}

/** What a key is made of. */
export interface Collected {
  readonly parts: Parts;
  /** The number of parts before functions and contexts, which count by their identity. */
  readonly baseLength: number;
  /** Options whose functions or contexts have not been seen before. */
  readonly fresh: readonly string[];
}

/** Option names and values, as read once: see `copyOptions`. */
type Values = Readonly<Record<string, unknown>>;

/** Reads the policy of a connection. `options` are a copy, made by `copyOptions`. */
export function collect(options: ConnectionOptions, hop: Hop): Collected | Unkeyable {
  const values = options as Values;
  const refused = refusedBy(values);
  if (refused !== undefined) return { blockingOption: refused };
  const policy = new Policy(values);
  policy.add('hop', hop);
  policy.addPeer();
  policy.addConnection();
  policy.addContext();
  return policy.finish();
}

function refusedBy(values: Values): string | undefined {
  const unknown = unknownReadsHere();
  if (unknown === undefined) return 'another release of Node';
  for (const name of REFUSED) if (values[name]) return name;
  for (const name of unknown) if (values[name] !== undefined) return name;
  return undefined;
}

/** Collects what the key is made of. */
class Policy {
  readonly #values: Values;
  readonly #parts = new Parts();
  #blockingOption: string | undefined;

  constructor(values: Values) {
    this.#values = values;
  }

  add(name: string, value: unknown, form: Form = 'value'): void {
    try {
      this.#parts.add(name, form === 'flag' ? Boolean(value) : value, form === 'secret');
    } catch (error) {
      this.#blockingOption ??= error instanceof NoText ? name : 'sha256';
    }
  }

  /** Adds a text of settings of the process. */
  #addText(name: string, text: () => string): void {
    try {
      this.#parts.addText(name, text());
    } catch {
      this.#blockingOption ??= 'sha256';
    }
  }

  /** The peer, by the names that Node verifies. */
  addPeer(): void {
    const { servername, host, port, path, socket } = this.#values;
    if (socket) return this.#addSocketPeer(socket);
    this.add('servername', servername || undefined);
    this.add('host', host || 'localhost'); // the name that is verified, also with a path
    if (path) return this.add('path', path);
    this.add('port', numberOf(port));
    this.add('localAddress', this.#values.localAddress || undefined);
    this.add('family', this.#values.family || undefined);
  }

  /**
   * The peer of a socket that the caller passes: the name that is verified, and the route to it. A
   * tunnel, a STARTTLS and the proxy itself differ in whether there is a socket, in its remote end,
   * and in the number of bytes sent and received over it. Bytes received within TLS do not count,
   * because they depend on how that connection began.
   */
  #addSocketPeer(socket: object): void {
    const { servername, host, port } = this.#values;
    const { _host, remoteAddress, remotePort, bytesWritten, bytesRead } = socket as Record<
      string,
      unknown
    >;
    const isNamed = Boolean(host || servername) && Boolean(port);
    const isConnected = Boolean(remoteAddress) && Boolean(remotePort);
    if (!isNamed && !isConnected) this.#blockingOption ??= 'socket';
    const isTls = socket instanceof TLSSocket;
    this.add('over', isTls ? 'tls' : 'socket');
    this.add('servername', servername || undefined);
    this.add('host', host || _host || 'localhost');
    this.add('port', port === undefined || port === null ? undefined : numberOf(port));
    this.add('remote', isConnected ? [remoteAddress, remotePort] : undefined);
    this.add('said', [bytesWritten ?? 0, isTls ? 0 : (bytesRead ?? 0)]);
  }

  addConnection(): void {
    const { ALPNProtocols, rejectUnauthorized } = this.#values;
    const has = (name: string): boolean => Object.hasOwn(this.#values, name);
    this.#addText('process', processText);
    // An explicit undefined overrides the environment in Node.
    const verifies = has('rejectUnauthorized') ? rejectUnauthorized !== false : verifiesByDefault();
    this.add('rejectUnauthorized', verifies);
    this.add('minDHSize', has('minDHSize') ? this.#values.minDHSize : 1024);
    this.add('ALPNProtocols', ALPNProtocols || undefined);
  }

  /** The options of the secure context, unless the caller passes a context. */
  addContext(): void {
    if (this.#values.secureContext) return;
    const { ca, ciphers, ecdhCurve, minVersion, maxVersion } = this.#values;
    for (const [name, absence, form] of CONTEXT_OPTIONS) {
      const value = this.#values[name];
      if (isAbsent(value, absence)) continue;
      this.add(name, form === 'secret' ? keyMaterialOf(value) : value, form);
    }
    this.add('ciphers', ciphers || defaults.DEFAULT_CIPHERS);
    this.add(
      'ecdhCurve',
      ecdhCurve === undefined ? defaults.DEFAULT_ECDH_CURVE || 'auto' : ecdhCurve,
    );
    this.add('minVersion', minVersion ?? defaults.DEFAULT_MIN_VERSION);
    this.add('maxVersion', maxVersion ?? defaults.DEFAULT_MAX_VERSION);
    if (ca) return this.add('ca', ca);
    this.#addText('default authorities', () => {
      const { text, isComplete } = defaultAuthoritiesText();
      if (!isComplete) this.#parts.isLocal = true;
      return text;
    });
  }

  /** Functions and contexts count by their identity. */
  finish(): Collected | Unkeyable {
    const {
      checkServerIdentity: check = tls.checkServerIdentity,
      lookup,
      secureContext,
    } = this.#values;
    const parts = this.#parts;
    const baseLength = parts.length;
    const fresh: string[] = [];
    const identify = (name: string, value: unknown): void => {
      if (!isObject(value)) return;
      if (!seen.has(value)) fresh.push(name);
      seen.add(value);
      parts.addIdentity(name, value);
    };
    if (!isStandardCheck(check)) identify('checkServerIdentity', check);
    identify('lookup', lookup);
    identify('secureContext', secureContext);
    const replaced = secureContext ? undefined : replacedContext();
    if (replaced !== undefined) parts.addIdentity('createSecureContext', replaced);
    if (this.#blockingOption !== undefined) return { blockingOption: this.#blockingOption };
    return { parts, baseLength, fresh };
  }
}

/** `DEFAULT_CIPHERS` is documented but missing in the types. */
const defaults = tls as typeof tls & { DEFAULT_CIPHERS: string };

function isAbsent(value: unknown, absence: Absence): boolean {
  return absence === 'falsy' ? !value : value === undefined || value === null;
}

/** A port, which Node reads as a number. A symbol is not a port, and cannot become text. */
function numberOf(port: unknown): unknown {
  return typeof port === 'symbol' ? port : Number(port);
}

function isObject(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

/** Keys of a list without their passphrases. The objects are copies, made by `copyOptions`. */
function keyMaterialOf(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((item: unknown) => {
    if (!isObject(item) || ArrayBuffer.isView(item)) return item;
    const { pem, buf } = item as { pem?: unknown; buf?: unknown };
    return buf ?? pem ?? item;
  });
}

/** Functions and contexts of earlier connections. */
const seen = new WeakSet<object>();
