import { createHash } from 'node:crypto';
import tls, { type ConnectionOptions, TLSSocket } from 'node:tls';
import { checkObject } from '../../checks.ts';
import { markKey } from './bytes.ts';
import { identityText, NoText, textOf } from './policy-text.ts';
import { unknownReadsHere } from './release-reads.ts';
import { type Absence, CONTEXT_OPTIONS, type Form, copyOptions, REFUSED } from './tls-options.ts';
import {
  defaultAuthoritiesText,
  isStandardCheck,
  processText,
  replacedContext,
  verifiesByDefault,
} from './trust.ts';

/** Where a connection ends: at the origin itself, or at a proxy on the way to it. */
export type Hop = 'origin' | 'proxy';

/** The options that a key depends on: those of `tls.connect`, https, undici and http2. */
export type SessionKeyOptions = ConnectionOptions & { hop?: Hop | undefined };

/** A key, or the option that prevents one. */
export type KeyOrUnkeyable = { key: Uint8Array } | Unkeyable;

export interface Unkeyable {
  /** The option that prevents caching. */
  blockingOption: string;
  /** Whether the reason is that its function or object is new for each connection. */
  isClosure?: true;
}

/** Option names and values, as read once: see `copyOptions`. */
type Values = Readonly<Record<string, unknown>>;

/**
 * The key under which the sessions of a connection are kept: a SHA-256 digest of its peer (server
 * name, host, port or path, hop) and of everything that decides which peers it trusts and how it
 * authenticates itself
 * (authorities, certificates, keys, versions, ciphers, ALPN, local address, the identity of
 * `checkServerIdentity`, `lookup` and `secureContext`, …), with the settings of the process that
 * count where an option is absent. Options count as Node's TLS reads them: those that it does not
 * read make no difference, and absent is what Node takes for absent (`ca: ''` names no
 * authorities).
 *
 * @returns undefined if the policy cannot be expressed: then no session may be kept. That is so for
 *   `pskCallback`, `requestOCSP`, a `session` of yours, a `socket` whose peer is not known, options
 *   that only a newer release of Node reads, and values that Node would refuse.
 * @throws TypeError if `options` is not an object.
 */
export function sessionKey(options: SessionKeyOptions): Uint8Array | undefined {
  checkObject(options, 'options');
  const own = copyOptions(options);
  const result = keyOf(own as ConnectionOptions, own.hop as Hop | undefined);
  return 'key' in result ? new Uint8Array(result.key) : undefined;
}

/** The key of a connection, or why there is none. `options` are a copy, made by `copyOptions`. */
export function keyOf(options: ConnectionOptions, hop: Hop = 'origin'): KeyOrUnkeyable {
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

/** Collects the text whose digest is the key. */
class Policy {
  readonly #values: Values;
  #text = 'sesscache client session v2';
  #blockingOption: string | undefined;
  /** Whether the text contains identities that are valid in this process only. */
  #isLocal = false;

  constructor(values: Values) {
    this.#values = values;
  }

  add(name: string, value: unknown, form: Form = 'value'): void {
    try {
      const text = form === 'flag' ? String(Boolean(value)) : textOf(value, form === 'secret');
      this.#text += `\n${name}=${text}`;
    } catch (error) {
      this.#blockingOption ??= error instanceof NoText ? name : 'sha256';
    }
  }

  /** The peer, by the names that Node verifies. */
  addPeer(): void {
    const { servername, host, port, path, socket } = this.#values;
    if (socket) return this.#addSocketPeer(socket);
    this.add('servername', servername || undefined);
    this.add('host', host || 'localhost'); // the name that is verified, also with a path
    if (path) return this.add('path', path);
    this.add('port', Number(port));
    this.add('localAddress', this.#values.localAddress || undefined);
    this.add('family', this.#values.family || undefined);
  }

  /**
   * The peer of a socket that the caller passes: the name that is verified, and the way there. A
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
    this.add('port', port === undefined || port === null ? undefined : Number(port));
    this.add('remote', isConnected ? [remoteAddress, remotePort] : undefined);
    this.add('said', [bytesWritten ?? 0, isTls ? 0 : (bytesRead ?? 0)]);
  }

  addConnection(): void {
    const { ALPNProtocols, rejectUnauthorized } = this.#values;
    const has = (name: string): boolean => Object.hasOwn(this.#values, name);
    try {
      this.#text += `\n${processText()}`;
    } catch {
      this.#blockingOption ??= 'sha256';
    }
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
    try {
      const { text, isComplete } = defaultAuthoritiesText();
      this.#text += `\ndefault authorities=${text}`;
      if (!isComplete) this.#isLocal = true;
    } catch {
      this.#blockingOption ??= 'sha256';
    }
  }

  /** Functions and contexts count by their identity. */
  finish(): KeyOrUnkeyable {
    const {
      checkServerIdentity: check = tls.checkServerIdentity,
      lookup,
      secureContext,
    } = this.#values;
    const base = this.#text;
    const fresh: string[] = [];
    const identify = (name: string, value: unknown): void => {
      if (!isObject(value)) return;
      if (!seen.has(value)) fresh.push(name);
      seen.add(value);
      this.#addIdentity(name, value);
    };
    if (!isStandardCheck(check)) identify('checkServerIdentity', check);
    identify('lookup', lookup);
    identify('secureContext', secureContext);
    const replaced = secureContext ? undefined : replacedContext();
    if (replaced !== undefined) this.#addIdentity('createSecureContext', replaced);
    if (this.#blockingOption !== undefined) return { blockingOption: this.#blockingOption };
    if (fresh.length === 0) freshInARow.delete(base);
    else if (isMadeEachTime(base)) return { blockingOption: fresh[0]!, isClosure: true };
    return digestOf(this.#text, this.#isLocal);
  }

  #addIdentity(name: string, value: object): void {
    this.#isLocal = true;
    this.#text += `\n${name}=${identityText(value)}`;
  }
}

/** `DEFAULT_CIPHERS` is documented but missing in the types. */
const defaults = tls as typeof tls & { DEFAULT_CIPHERS: string };

function isAbsent(value: unknown, absence: Absence): boolean {
  return absence === 'falsy' ? !value : value === undefined || value === null;
}

function isObject(value: unknown): value is object {
  return typeof value === 'function' || (typeof value === 'object' && value !== null);
}

/** Keys of a list without their passphrases: `copyOptions` has put them into objects of its own. */
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
/** Connections in a row whose policy came with new functions or contexts. */
const freshInARow = new Map<string, number>();
/** After this many in a row, functions are assumed to be new for each connection. */
const FRESH_MAX = 4;
const POLICIES_MAX = 256;

function isMadeEachTime(base: string): boolean {
  const count = (freshInARow.get(base) ?? 0) + 1;
  if (freshInARow.size >= POLICIES_MAX) freshInARow.clear();
  freshInARow.set(base, count);
  return count > FRESH_MAX;
}

/** Keys by their texts, in two generations: the digest is the most expensive step. */
let recent = new Map<string, KeyOrUnkeyable>();
let older = new Map<string, KeyOrUnkeyable>();
const GENERATION = 512;

function digestOf(text: string, isLocal: boolean): KeyOrUnkeyable {
  const known = recent.get(text) ?? older.get(text);
  if (known !== undefined) return known;
  let result: KeyOrUnkeyable;
  try {
    const digest = createHash('sha256').update(text, 'utf16le').digest();
    result = { key: markKey(new Uint8Array(digest), isLocal) };
  } catch {
    return { blockingOption: 'sha256' }; // refused: FIPS without its provider
  }
  if (recent.size >= GENERATION) [older, recent] = [recent, new Map()];
  recent.set(text, result);
  return result;
}
