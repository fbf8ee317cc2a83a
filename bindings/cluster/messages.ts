// The messages between primary and workers, which travel among the application's own.

/**
 * Every message has the field `sesscache`, the name of the store and a `type`. `bytes` travel as
 * they are where the cluster was set up with `serialization: 'advanced'`, else as base64: JSON
 * would write each byte as a number.
 */
export type Message = { sesscache: string } & (ToPrimary | ToWorker | Removal);

type ToPrimary =
  | { type: 'hello'; probe: Wire; listens: boolean }
  | { type: 'ask'; id: number; operation: Operation; key: string; bytes?: Wire; ttlMs?: number };

type ToWorker =
  { type: 'open' } | { type: 'welcome'; binary: boolean } | { type: 'closed' } | Answer;

/** `refused`: there already was a value, which `add` kept. */
export interface Answer {
  type: 'answer';
  id: number;
  bytes?: Wire | undefined;
  refused?: boolean;
  failed?: boolean;
}

/** Sent in both directions. */
interface Removal {
  type: 'removal';
  bytes: Wire;
}

export type Operation = 'get' | 'take' | 'set' | 'add' | 'replace' | 'delete';

type Wire = Uint8Array | string;

export function toWire(bytes: Uint8Array, binary: boolean): Wire {
  if (binary) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

export function fromWire(wire: Wire): Uint8Array {
  return typeof wire === 'string' ? Buffer.from(wire, 'base64') : wire;
}

/** Overwrites bytes that have been received or sent. Base64 text cannot be overwritten. */
export function wipeWire(wire: Wire | undefined): void {
  if (wire instanceof Uint8Array) wire.fill(0);
}

const SIMPLE: ReadonlySet<unknown> = new Set(['hello', 'open', 'welcome', 'closed']);
const OPERATIONS: ReadonlySet<unknown> = new Set([
  'get',
  'take',
  'set',
  'add',
  'replace',
  'delete',
]);
/** Requests that store a value for a time. */
const TIMED: ReadonlySet<unknown> = new Set(['set', 'add']);

/**
 * Returns a message for the store `name`; undefined if it is malformed or another program's. Never
 * throws: an error in the primary's listener would end all workers.
 */
export function readMessage(message: unknown, name: string): Message | undefined {
  const parts = message as Record<string, unknown> | null | undefined;
  return parts?.sesscache === name && isWhole(parts) ? (message as Message) : undefined;
}

function isWhole({ type, id, operation, key, bytes, ttlMs }: Record<string, unknown>): boolean {
  if (SIMPLE.has(type)) return true;
  if (type === 'removal') return isWire(bytes);
  if (!Number.isInteger(id)) return false;
  if (type === 'answer') return bytes === undefined || isWire(bytes);
  if (type !== 'ask' || !OPERATIONS.has(operation) || typeof key !== 'string') return false;
  if (operation === 'replace') return isWire(bytes);
  return !TIMED.has(operation) || (isWire(bytes) && typeof ttlMs === 'number');
}

function isWire(value: unknown): boolean {
  return typeof value === 'string' || value instanceof Uint8Array;
}
