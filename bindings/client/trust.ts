// What decides about trust beside the options of a connection: settings of the process, which may
// change while it runs.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import type { Digest } from './digest.ts';

/** The functions as they were when this module was loaded, some of which programs replace. */
const { checkServerIdentity, createSecureContext } = tls;
/** What stays for as long as the process runs: keys of exported sessions must tell processes apart. */
const constants = digestOf([
  process.version,
  ...process.execArgv,
  ...['NODE_OPTIONS', 'OPENSSL_CONF'].map((name) => process.env[name] ?? ''),
  String(checkServerIdentity),
  String(createSecureContext),
]);

/** The functions of Node 22.19 and 24.5 that tell and set the default authorities. */
interface DefaultAuthorities {
  getCACertificates?: (type: 'default') => readonly string[];
}

let authorities: readonly string[] | undefined;
let authoritiesDigest: Uint8Array | undefined;

/** Adds the settings of the process that a connection depends on. */
export function digestProcess(digest: Digest): void {
  digest
    .name('process')
    .value(tls.DEFAULT_MIN_VERSION)
    .value(tls.DEFAULT_MAX_VERSION)
    .value((tls as { DEFAULT_CIPHERS?: string }).DEFAULT_CIPHERS)
    .value(tls.DEFAULT_ECDH_CURVE)
    .value(constants);
  if (tls.createSecureContext !== createSecureContext) digest.identity(tls.createSecureContext);
  if (tls.checkServerIdentity !== checkServerIdentity) digest.identity(tls.checkServerIdentity);
}

/** Whether a function is Node's own `tls.checkServerIdentity`, as it was when this module was loaded. */
export function isStandardCheck(value: unknown): boolean {
  return value === checkServerIdentity;
}

/** Adds the authorities that are trusted where a connection names none. */
export function digestDefaultAuthorities(digest: Digest): void {
  const { getCACertificates } = tls as DefaultAuthorities;
  // The same list until somebody sets another.
  const list = getCACertificates?.('default');
  if (authoritiesDigest === undefined || list !== authorities) {
    authorities = list;
    authoritiesDigest = list ? digestOf(list) : digestOf(builtInAuthorities());
  }
  digest.name('authorities').value(authoritiesDigest);
}

/** Whether connections that do not say so verify their peer; Node looks at each connection. */
export function verifiesByDefault(): boolean {
  return process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0';
}

/** Node 20 does not tell its authorities; they are these for as long as the process runs. */
function builtInAuthorities(): readonly string[] {
  const { NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, SSL_CERT_DIR } = process.env;
  const variables = [NODE_EXTRA_CA_CERTS, SSL_CERT_FILE, SSL_CERT_DIR];
  return [...variables.map((value) => value ?? ''), contentOf(NODE_EXTRA_CA_CERTS)];
}

function contentOf(file: string | undefined): string {
  try {
    return file === undefined ? '' : readFileSync(file, 'latin1');
  } catch {
    return ''; // Node warns of it and goes on
  }
}

function digestOf(texts: readonly string[]): Uint8Array {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest();
}
