// The authorities that a process trusts where nobody names any.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import tls from 'node:tls';

/** The function of Node 22.15 and 24 that tells them; since 22.19 and 24.5 they can be set. */
interface DefaultAuthorities {
  getCACertificates?: (type: 'default') => readonly string[];
}

let authorities: readonly string[] | undefined;
let digest: Uint8Array | undefined;

/** A SHA-256 digest of the default authorities as they are now. */
export function defaultAuthorities(): Uint8Array {
  const { getCACertificates } = tls as DefaultAuthorities;
  // The same list until somebody sets another.
  const list = getCACertificates?.('default');
  if (digest === undefined || list !== authorities) {
    authorities = list;
    digest = digestOf(list ?? builtInAuthorities());
  }
  return digest;
}

/** A SHA-256 digest of texts, which tells where each ends. */
export function digestOf(texts: readonly string[]): Uint8Array {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}:`).update(text);
  return hash.digest();
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
