// Node's native secure context, as far as it concerns ticket keys. `enableTicketKeyCallback` and
// `onticketkeycallback` are not documented; they are the same in Node 20 to 26, and probe.ts tries
// them out before they are used.

import { randomFillSync } from 'node:crypto';
import type { NativeContext as Context, TlsServer } from '../node/runtime/server.ts';

/**
 * The answer that Node expects: status, HMAC key (any length) and AES-128 key; for a new ticket
 * also its key's name and its IV, of 16 bytes. Node aborts the process if a key is not a Buffer,
 * whatever the status.
 */
export type TicketKeyAnswer =
  | readonly [status: number, hmac: Buffer, aes: Buffer]
  | readonly [status: number, hmac: Buffer, aes: Buffer, name: Buffer, iv: Buffer];

/**
 * Called by Node, with the context as `this`, for each ticket that a client offers, and for each
 * that Node is about to make; then `name` and `iv` have no meaning. If it throws, that becomes an
 * uncaughtException.
 */
export type TicketKeyCallback = (
  this: NativeContext,
  name: Buffer,
  iv: Buffer,
  isNew: boolean,
) => TicketKeyAnswer;

export interface NativeContext extends Context {
  getTicketKeys(): Buffer;
  setTicketKeys(keys: Buffer): void;
  /** Adds to the `secureOptions`. This cannot be undone. */
  setOptions?(options: number): void;
  enableTicketKeyCallback?(): void;
  onticketkeycallback?: TicketKeyCallback;
}

/** See SSL_CTX_set_tlsext_ticket_key_cb(3). */
export const Status = { UNKNOWN: 0, USE: 1, RENEW: 2 } as const;

export const PART_BYTES = 16;

export const NOTHING = Buffer.alloc(PART_BYTES);
/** The ticket cannot be decrypted: a full handshake follows. */
export const UNKNOWN: TicketKeyAnswer = [Status.UNKNOWN, NOTHING, NOTHING];
/** No ticket is made; the handshake goes on without. */
export const NO_TICKET: TicketKeyAnswer = [Status.UNKNOWN, NOTHING, NOTHING, NOTHING, NOTHING];

/** The context that a server gives its next connection. `known`: one that was returned before. */
export function nativeContext(
  server: TlsServer,
  known?: NativeContext | undefined,
): NativeContext | undefined {
  // oxlint-disable-next-line no-underscore-dangle
  const context = server._sharedCreds?.context as Partial<NativeContext> | undefined;
  if (context === known) return known;
  const isWhole =
    typeof context?.getTicketKeys === 'function' && typeof context.setTicketKeys === 'function';
  return isWhole ? (context as NativeContext) : undefined;
}

/**
 * As Node answers without a callback, from the 48 bytes of `setTicketKeys`: name, HMAC key, AES
 * key.
 */
export function nodesAnswer(context: NativeContext, name: Buffer, isNew: boolean): TicketKeyAnswer {
  const keys = context.getTicketKeys();
  const own = keys.subarray(0, PART_BYTES);
  const hmac = keys.subarray(PART_BYTES, 2 * PART_BYTES);
  const aes = keys.subarray(2 * PART_BYTES);
  if (isNew) return [Status.USE, hmac, aes, own, randomFillSync(Buffer.alloc(PART_BYTES))];
  return own.equals(name) ? [Status.USE, hmac, aes] : UNKNOWN;
}

/** Makes `callback` answer for a context from now on. It can be replaced, but not removed. */
export function setCallback(context: NativeContext, callback: TicketKeyCallback): void {
  Object.defineProperty(context, 'onticketkeycallback', {
    value: callback,
    configurable: true,
    writable: true,
  });
  context.enableTicketKeyCallback?.();
}
