// The options of attachTicketKeys, checked and with their defaults.

import { KeyObject } from 'node:crypto';
import { checkBoolean, checkBytes, checkCallback, checkInteger, checkObject, describe, isBytes, plainBytes, sameBytes, outOfRange, wrongType } from '../checks.ts'; // prettier-ignore
import { copyOfSecret, MasterSecret, STEPS_MAX } from './secret.ts';

/**
 * A secret that forgets: each period its state is replaced by a hash of itself, so that a thief can
 * open the tickets that are accepted at the time of the theft and later ones, but no older ones.
 * See docs/tickets.md for what a restart then needs.
 */
export interface RatchetedSecret {
  /** Of the period that `since` is in. */
  secret: Uint8Array | KeyObject;
  /** Seconds since the epoch; at most 100,000 periods ago. */
  since: number;
}

/** A ratcheted secret that was exported. */
export type ExportedRatchet = RatchetedSecret & { secret: Uint8Array };

/** 32 to 1,024 random bytes, or the same as a secret KeyObject, or a ratchet of them. */
export type TicketSecret = Uint8Array | KeyObject | RatchetedSecret;

/** Which accepted tickets are answered with a new one. */
export type Renewal = 'older' | 'always' | 'never';

/** What `attachTicketKeys` takes. */
export interface TicketKeysOptions {
  /**
   * All keys are derived from it: servers with the same secret, `period`, `sessionIdContext` and
   * client authentication accept each other's tickets. Copied; overwrite yours when done. Default:
   * one that the workers of a `node:cluster` share by their primary, and that is random otherwise.
   */
  secret?: TicketSecret | undefined;
  /** 1 to 8 secrets instead of one: the first makes tickets, all of them open tickets. */
  secrets?: readonly TicketSecret[] | undefined;
  /** Seconds that a key makes tickets for, 1 to 604,800. Default: 3,600. */
  period?: number | undefined;
  /**
   * Further periods that a key is accepted for, 1 to 1,000. More than the server's `sessionTimeout`
   * has no effect. Default: 24.
   */
  keep?: number | undefined;
  /**
   * Which accepted tickets are answered with a new one: those of an older key or secret, all, or
   * none. `always` lets TLS 1.3 clients that use a ticket once resume every time. A server of TLS
   * 1.3 that asks for client certificates renews none: each new ticket would begin a new lifetime,
   * and let a client in for longer than `sessionTimeout` after it showed its certificate. Default:
   * `older`.
   */
  renew?: Renewal | undefined;
  /**
   * Node reads a ticket before it knows the server name. So where client certificates are asked for
   * and `addContext` or `SNICallback` give names a context of their own, no ticket resumes, lest a
   * client of one name be let in at another. false: for servers whose names all have one policy.
   * Default: true.
   */
  servernames?: boolean | undefined;
  /** Told of whatever fails. Default: one warning for the first. */
  onError?: ((error: unknown) => void) | undefined;
}

/** The same, checked. */
export interface TicketSettings {
  /** undefined: they are made of Node's own keys. */
  secrets: MasterSecret[] | undefined;
  period: number;
  keep: number;
  renew: Renewal;
  servernames: boolean;
  onError: ((error: unknown) => void) | undefined;
}

const RENEWALS = new Set<unknown>(['older', 'always', 'never']);
const WEEK = 7 * 24 * 3600;
const SECRET_BYTES = 32;
const SECRET_BYTES_MAX = 1024;
/** Maximum number of secrets, more than a rotation needs: each adds `keep` + 2 keys to the ring. */
const SECRETS_MAX = 8;

export function readOptions(options: TicketKeysOptions): TicketSettings {
  checkObject(options, 'options');
  const { secret, secrets, renew = 'older' } = options;
  const period = checkInteger(options.period ?? 3600, 'period', 1, WEEK);
  const keep = checkInteger(options.keep ?? 24, 'keep', 1, 1000);
  if (!RENEWALS.has(renew)) {
    const got = typeof renew === 'string' ? 'another string' : describe(renew);
    throw new TypeError(`"renew" expected 'older', 'always' or 'never', got ${got}`);
  }
  if (secret !== undefined && secrets !== undefined) {
    throw new TypeError('"secrets" expected undefined where there is a "secret"');
  }
  return {
    period,
    keep,
    renew,
    servernames: checkBoolean(options.servernames ?? true, 'servernames'),
    onError: checkCallback(options.onError, 'onError'),
    // This comes last, because from here on there are copies of secrets.
    secrets:
      secret !== undefined
        ? readSecrets([secret], 'secret', period)
        : secrets !== undefined
          ? readSecrets(secrets, 'secrets', period)
          : undefined,
  };
}

/** Copies of a list of distinct secrets. */
export function readSecrets(secrets: unknown, title: string, period: number): MasterSecret[] {
  if (!Array.isArray(secrets)) {
    wrongType(title, 'array', secrets);
  }
  if (secrets.length < 1 || secrets.length > SECRETS_MAX) {
    outOfRange(title, `1..${SECRETS_MAX} secrets`, secrets.length);
  }
  const each = title === 'secrets' ? 'secrets[]' : title;
  const copies: Buffer[] = [];
  const checked: MasterSecret[] = [];
  try {
    for (const item of secrets as unknown[]) {
      const ratchet = isRatchet(item) ? item : undefined;
      const bytes = copySecret(ratchet ? ratchet.secret : item, each);
      copies.push(bytes);
      if (copies.some((other) => other !== bytes && sameBytes(other, bytes))) {
        throw new RangeError(`"${title}" expected distinct secrets, got one twice`);
      }
      const at = ratchet && checkSince(ratchet.since, `${each}.since`, period);
      checked.push(new MasterSecret(bytes, period, at));
    }
    return checked;
  } catch (error) {
    for (const secret of checked) secret.wipe();
    throw error;
  } finally {
    for (const copy of copies) copy.fill(0);
  }
}

function isRatchet(item: unknown): item is { secret: unknown; since: unknown } {
  if (isBytes(item) || item instanceof KeyObject) return false;
  return typeof item === 'object' && item !== null && 'since' in item && 'secret' in item;
}

function copySecret(value: unknown, title: string): Buffer {
  const bytes = bytesOf(value, title);
  if (bytes === undefined) {
    const got = value instanceof KeyObject ? `${value.type} KeyObject` : describe(value);
    throw new TypeError(`"${title}" expected Uint8Array, KeyObject or ratchet, got ${got}`);
  }
  const { length } = bytes;
  if (length < SECRET_BYTES || length > SECRET_BYTES_MAX) {
    bytes.fill(0);
    outOfRange(title, `${SECRET_BYTES}..${SECRET_BYTES_MAX} bytes`, length);
  }
  if (bytes.every((byte) => byte === bytes[0])) {
    throw new RangeError(`"${title}" expected random bytes, got one byte over and over`);
  }
  return bytes;
}

function bytesOf(value: unknown, title: string): Buffer | undefined {
  if (isBytes(value)) return copyOfSecret(plainBytes(checkBytes(value, title, Infinity)));
  return value instanceof KeyObject && value.type === 'secret' ? value.export() : undefined;
}

/** The number of the period of a ratchet's beginning. */
function checkSince(value: unknown, title: string, period: number): number {
  const now = Math.floor(Date.now() / 1000);
  const least = Math.max(0, now - (STEPS_MAX - 2000) * period);
  return Math.floor(checkInteger(value, title, least, now + period) / period);
}
