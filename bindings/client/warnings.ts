// Warns, once in a process, of reasons why connections work but do not resume.

import { warn } from '../telemetry/warn.ts';

const said = new Set<string>();

/** Emits a process warning, the first time that there is one of this code. */
function warnOnce(code: string, message: string): void {
  if (said.has(code)) return;
  said.add(code);
  warn(code, message);
}

/** @param option the option whose function or object is new for each connection */
export function warnOfClosures(option: string): void {
  warnOnce(
    'SESSCACHE_CLOSURE',
    `The option "${option}" is a new object or function for each connection. Functions and contexts are ` +
      'compared by identity, so each of these connections makes a full handshake. Make it once, and ' +
      'pass the same one.',
  );
}

/** @param error why no cache can be made on this host */
export function warnOfHost(error: { readonly message: string }): void {
  warnOnce(
    'SESSCACHE_NO_CACHE',
    `No session cache can be made, so each connection makes a full handshake: ${error.message}`,
  );
}
