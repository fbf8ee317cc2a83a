// What decides about trust in addition to the options of a connection: settings of the process,
// which may change while it runs.

import { getFips } from 'node:crypto';
import tls from 'node:tls';
import { type DefaultAuthorities, defaultAuthorities, digestOf } from '../../tls/authorities.ts';

/** The functions as they were when this module was loaded, some of which programs replace. */
const { checkServerIdentity, createSecureContext } = tls;
let constants: string | undefined;

/**
 * Settings that do not change while the process runs. They are part of the key because a process
 * with other settings must not find the sessions that this one exports.
 */
function constantsText(): string {
  constants ??= Buffer.from(
    digestOf([
      process.version,
      ...process.execArgv,
      ...['NODE_OPTIONS', 'OPENSSL_CONF'].map((name) => process.env[name] ?? ''),
      String(checkServerIdentity),
      String(createSecureContext),
    ]),
  ).toString('base64');
  return constants;
}

/** The settings of the process that every connection depends on, as text. */
export function processText(): string {
  return `${constantsText()} fips:${getFips()}`;
}

/** The function that a program has put in the place of Node's `tls.createSecureContext`, if any. */
export function replacedContext(): object | undefined {
  const { createSecureContext: current } = tls;
  return current === createSecureContext ? undefined : current;
}

/**
 * Whether a function is Node's own `tls.checkServerIdentity`, as it was when this module was
 * loaded.
 */
export function isStandardCheck(value: unknown): boolean {
  return value === checkServerIdentity;
}

let authorities: DefaultAuthorities | undefined;
let authoritiesText = '';

/** The authorities that are trusted where a connection names none, as text. */
export function defaultAuthoritiesText(): { text: string; isComplete: boolean } {
  const current = defaultAuthorities();
  if (current !== authorities) {
    authorities = current;
    authoritiesText = Buffer.from(current.digest).toString('base64');
  }
  return { text: authoritiesText, isComplete: current.isComplete };
}

/**
 * Whether connections verify their peer if their options do not say; Node checks this each time.
 */
export function verifiesByDefault(): boolean {
  return process.env.NODE_TLS_REJECT_UNAUTHORIZED !== '0';
}
