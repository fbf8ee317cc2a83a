// What decides about trust beside the options of a connection: settings of the process, which may
// change while it runs.

import tls from 'node:tls';
import { defaultAuthorities, digestOf } from '../node/authorities.ts';
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
  digest.name('authorities').value(defaultAuthorities());
}

/** Whether connections that do not say so verify their peer; Node looks at each connection. */
export function verifiesByDefault(): boolean {
  return process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0';
}
