// How adapters of Node report problems: process warnings with a code, and `onError`.

import { debug } from './channels.ts';

/** Emits a process warning; docs/codes.md explains its code. */
export function warn(code: string, message: string): void {
  debug('warning %s', code);
  process.emitWarning(message, { type: 'SesscacheWarning', code });
}

/**
 * Counts a failure during a handshake, and passes it to `onError`, or without it emits one warning
 * for the first failure. Never throws, so that the handshake continues.
 *
 * @param message what failed, and what that means for connections
 */
export function reportFailure(
  error: unknown,
  stats: { errors: number },
  onError: ((error: unknown) => void) | undefined,
  code: string,
  message: string,
): void {
  stats.errors++;
  try {
    if (onError) onError(error);
    else if (stats.errors === 1) warn(code, `${message}: ${String(error)}`);
  } catch {
    // An error of the program's own listener must not reach a handshake.
  }
}
