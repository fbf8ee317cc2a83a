// The authorities that a process trusts if there is no option `ca`.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import tls from 'node:tls';

/** Functions of Node 22.15 and 24. Since 22.19 and 24.5 the list can also be set. */
interface AuthorityLists {
  getCACertificates?: (type: 'default' | 'extra') => readonly string[];
}

/** The authorities that are trusted by default, as of now. */
export interface DefaultAuthorities {
  /** A SHA-256 digest of them. Unless `isComplete`, it contains random bytes of this process. */
  readonly digest: Uint8Array;
  /**
   * Whether all of them are known. OpenSSL's own store looks certificates up in a directory during
   * verification, and Node 20 cannot list the authorities.
   */
  readonly isComplete: boolean;
}

let listed: readonly string[] | undefined;
let known: DefaultAuthorities | undefined;

/**
 * The default authorities. Cheap after the first call: Node returns the same list until
 * `tls.setDefaultCACertificates()` sets another one.
 *
 * @throws what `createHash` throws where SHA-256 is not available (FIPS without its provider)
 */
export function defaultAuthorities(): DefaultAuthorities {
  const { getCACertificates } = tls as AuthorityLists;
  if (getCACertificates === undefined) return (known ??= unlistedAuthorities());
  const list = getCACertificates('default');
  if (known === undefined || list !== listed) {
    // Node reads NODE_EXTRA_CA_CERTS when the process starts. The list 'default' follows later
    // changes of the variable, this list does not.
    const extra = getCACertificates('extra');
    const [all, added] = [setOf(list), setOf(extra)];
    known = authoritiesOf([...all, 'extra', ...added], hasMoreThan(all, added));
    listed = list;
  }
  return known;
}

const ofThisProcess = randomBytes(32).toString('hex');

function authoritiesOf(texts: readonly string[], isComplete: boolean): DefaultAuthorities {
  return { digest: digestOf(isComplete ? texts : [...texts, ofThisProcess]), isComplete };
}

/** A SHA-256 digest of texts, each preceded by its length. */
export function digestOf(texts: readonly string[]): Uint8Array {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest();
}

/**
 * Whether a list contains more than the extra certificates. With OpenSSL's own store
 * (`--use-openssl-ca`, and the default of some distributions) Node lists only those.
 */
function hasMoreThan(list: readonly string[], extra: readonly string[]): boolean {
  const added = new Set(extra);
  return list.some((certificate) => !added.has(certificate));
}

/**
 * Removes the differences between Node's lists: order, duplicates and line breaks.
 */
function setOf(list: readonly string[]): string[] {
  return [...new Set(list.map((certificate) => certificate.replaceAll(/\s/g, '')))].toSorted();
}

/**
 * Up to Node 22.14: the authorities built into Node, and those in the file NODE_EXTRA_CA_CERTS.
 * The former depend on the version of Node, which is part of every policy.
 */
function unlistedAuthorities(): DefaultAuthorities {
  const file = startVariable('NODE_EXTRA_CA_CERTS') ?? '';
  const extra = file === '' ? { text: '', isUnchanged: true } : contentOf(file);
  const isComplete = extra.isUnchanged && !usesOpensslStore(process);
  return authoritiesOf(['extra', extra.text], isComplete);
}

/** A variable of the environment as it was when the process started and Node read it. */
function startVariable(name: string): string | undefined {
  try {
    const environment = readFileSync('/proc/self/environ', 'utf8').split('\0');
    return environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  } catch {
    return process.env[name]; // no Linux
  }
}

/** A file's content, and whether it has been the same since the process started. */
function contentOf(file: string): { text: string; isUnchanged: boolean } {
  try {
    const isUnchanged = statSync(file).ctimeMs < performance.timeOrigin;
    return { text: readFileSync(file, 'latin1'), isUnchanged };
  } catch {
    return { text: '', isUnchanged: false }; // Node emits a warning and continues
  }
}

/** The settings that decide which store Node uses. */
interface StoreChoice {
  execArgv: readonly string[];
  env: { NODE_OPTIONS?: string | undefined };
  config: object;
}

/**
 * Whether the default authorities may be those of OpenSSL's own store instead of Node's.
 */
export function usesOpensslStore({ execArgv, env, config }: StoreChoice): boolean {
  const { target_defaults: target, variables } = config as {
    target_defaults?: { defines?: readonly string[] };
    variables?: { node_shared_openssl?: unknown };
  };
  if (variables?.node_shared_openssl === true) return true; // a distribution's build
  const flags = [...(env.NODE_OPTIONS ?? '').split(/\s+/), ...execArgv];
  const last = flags.findLast((flag) => /^"?--use[-_](openssl|bundled)[-_]ca"?$/.test(flag));
  if (last !== undefined) return last.includes('openssl');
  return target?.defines?.includes('NODE_OPENSSL_CERT_STORE') === true;
}
