// Digests of the options of a secure context, computed when it is made: the program may change the
// options afterwards, and Node does not reveal what a context contains.

import { constants, createHash, getFips, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { defaultAuthorities } from '../../tls/authorities.ts';
import type { NativeContext } from '../runtime/server.ts';

/** Digests of what a context was made of. */
export interface ContextDigest {
  /** Certificate, key, ciphers, versions: what counts for every connection. */
  readonly common: Uint8Array;
  /**
   * The part of `common` that decides how well a connection is protected, such as versions and
   * ciphers, as far as the program has set it: equal on hosts with other certificates or other
   * releases of Node.
   */
  readonly protection: Uint8Array;
  /** What decides whether a client's certificate is trusted. */
  readonly trust: Uint8Array;
}

type Options = Readonly<Record<string, unknown>>;

/**
 * Options of `tls.createSecureContext` for `common` and `trust`. The tests compare these lists, and
 * that of options which decide nothing, with what each release of Node reads.
 */
const COMMON = [
  'cert',
  'ciphers',
  'dhparam',
  'ecdhCurve',
  'honorCipherOrder',
  'key',
  'pfx',
  'secureOptions',
  'secureProtocol',
  'sigalgs',
] as const;
const PROTECTION = [
  'ciphers',
  'dhparam',
  'ecdhCurve',
  'secureOptions',
  'secureProtocol',
  'sigalgs',
] as const;
const TRUST = ['allowPartialTrustChain', 'ca', 'crl', 'pfx'] as const;
/** Options that load foreign code, of which the name says nothing. */
const ENGINES = ['clientCertEngine', 'privateKeyEngine', 'privateKeyIdentifier'] as const;
/** Versions are read from the context itself. */
const VERSIONS = ['minVersion', 'maxVersion'] as const;
/**
 * Options that decide neither which clients are accepted nor how well a connection is protected.
 */
const IRRELEVANT = [
  'certificateCompression',
  'passphrase',
  'sessionIdContext', // compared by itself
  'sessionTimeout',
  'singleUse',
  'ticketKeys',
] as const;
/** All options that are classified here. */
export const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  ...COMMON,
  ...TRUST,
  ...ENGINES,
  ...VERSIONS,
  ...IRRELEVANT,
]);

/** Digests the options that `native` has just been made of. */
export function digestContext(native: NativeContext, options: Options): ContextDigest {
  const versions = [
    native.getMinProto?.() ?? options.minVersion ?? tls.DEFAULT_MIN_VERSION,
    native.getMaxProto?.() ?? options.maxVersion ?? tls.DEFAULT_MAX_VERSION,
  ];
  const common = new Digest().value(processSettings());
  for (const version of versions) common.value(version);
  // The certificate that the context uses, even if the buffers it came from have changed.
  common.value(native.getCertificate?.());
  for (const name of COMMON) common.list(options[name] ?? defaultOf(name));
  if (ENGINES.some((name) => Boolean(options[name]))) common.unknown();

  const protection = new Digest().value([...versions, getFips(), openSslConfiguration()]);
  for (const name of PROTECTION) protection.list(options[name] ?? changedDefaultOf(name));

  const trust = new Digest();
  for (const name of TRUST) trust.list(options[name]);
  if (!options.ca) {
    const { digest, isComplete } = defaultAuthorities();
    // A release that does not list its authorities may have others than the next one.
    trust.value([process.version, digest]);
    if (!isComplete) trust.unknown();
  }
  return { common: common.bytes(), protection: protection.bytes(), trust: trust.bytes() };
}

const unknown = new WeakMap<object, ContextDigest>();

/**
 * Digests for a ready-made context. The authorities that it trusts are unknown, so its `trust`
 * equals that of no other context, in this process or another.
 */
export function digestUnknown(native: NativeContext): ContextDigest {
  let digest = unknown.get(native);
  if (digest === undefined) {
    const common = new Digest().value(native.getCertificate?.()).bytes();
    const trust = randomBytes(32);
    unknown.set(native, (digest = { common, protection: trust, trust }));
  }
  return digest;
}

function defaultOf(name: (typeof COMMON)[number]): unknown {
  const defaults = tls as { DEFAULT_CIPHERS?: string; DEFAULT_ECDH_CURVE?: string };
  if (name === 'ciphers') return defaults.DEFAULT_CIPHERS;
  if (name === 'ecdhCurve') return defaults.DEFAULT_ECDH_CURVE;
  return undefined;
}

/**
 * A default that the program or the command line has set; undefined for the release's own, which
 * the next release may change.
 */
function changedDefaultOf(name: (typeof PROTECTION)[number]): unknown {
  if (name !== 'ciphers' && name !== 'ecdhCurve') return undefined;
  const value = defaultOf(name);
  return value === constants.defaultCoreCipherList || value === 'auto' ? undefined : value;
}

/**
 * Everything else that changes the meaning of the same options: OpenSSL's release, FIPS mode and
 * configuration.
 */
function processSettings(): unknown[] {
  const minor = /^\d+\.\d+/.exec(process.versions.openssl ?? '')?.[0];
  return [minor, getFips(), openSslConfiguration()];
}

let configuration: unknown[] | undefined;

function openSslConfiguration(): unknown[] {
  return (configuration ??= readConfiguration());
}

/** The configuration file that OpenSSL read when the process began, if one was named. */
function readConfiguration(): unknown[] {
  const { execArgv, env } = process;
  const flags = [...(env.NODE_OPTIONS ?? '').split(/\s+/), ...execArgv].filter((flag) =>
    /^"?--openssl[-_]/.test(flag),
  );
  const given = flags.map((flag) => /config="?([^"]+)/.exec(flag)?.[1]);
  const files = [env.OPENSSL_CONF, ...given].filter((file) => file !== undefined);
  return [flags, files.map((file) => [file, contentOf(file)])];
}

function contentOf(file: string): Uint8Array | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined; // Node has complained of it
  }
}

/** A digest in which each value stands behind its type and length. */
class Digest {
  readonly #hash = createHash('sha256');
  #isKnown = true;

  /** Makes the digest unique. */
  unknown(): this {
    this.#isKnown = false;
    return this;
  }

  /** Adds a list; a single value counts as a list of one. */
  list(value: unknown): this {
    return this.value(Array.isArray(value) || !value ? value : [value]);
  }

  /**
   * Text (as its UTF-8), bytes, numbers, lists of them, and `{ buf }` and `{ pem }` without their
   * passphrase. What is falsy is absent, as to Node.
   */
  value(value: unknown): this {
    if (!value) {
      this.#hash.update('-');
    } else if (Array.isArray(value)) {
      this.#hash.update(`list ${value.length}:`);
      for (const item of value as unknown[]) this.value(item);
    } else if (typeof value === 'string') {
      this.value(Buffer.from(value));
    } else if (ArrayBuffer.isView(value)) {
      this.#hash.update(`bytes ${value.byteLength}:`).update(value as Uint8Array);
    } else if (typeof value === 'number' || value === true) {
      this.#hash.update(`${value}:`);
    } else {
      const { buf, pem } = value as { buf?: unknown; pem?: unknown };
      if (buf === undefined && pem === undefined) return this.unknown();
      this.value(buf ?? pem);
    }
    return this;
  }

  bytes(): Uint8Array {
    return new Uint8Array(this.#isKnown ? this.#hash.digest() : randomBytes(32));
  }
}
