// The parts that a key is made of, and a memory of keys by their parts.
//
// A key is a function of its parts only, and the parts are read anew for each connection: equal
// parts have the same key, whatever has changed in the options since. Remembering a key saves
// composing the text of the parts and its digest.

import { createHash } from 'node:crypto';
import { markKey } from './bytes.ts';
import { identityOf, identityText, isShortText, textOf } from './policy-text.ts';

/** Short values stand as they are; long or secret values and lists are replaced by their text. */
type Part = string | number | boolean | bigint | symbol | null | undefined;

/** Marks the next part as a text that stands for a value. No value is a symbol. */
const TEXT = Symbol('text');
/** Marks the next part as the number of an object. */
const IDENTITY = Symbol('identity');

/**
 * Pairs of a name and a value, in the order in which they were added. None of them is an object:
 * remembered parts keep no object of the program alive, and cannot change.
 */
export class Parts {
  readonly #parts: Part[] = [];
  /** Whether a part has a meaning in this process only. */
  isLocal = false;

  /** How long it is; see `text`. */
  get length(): number {
    return this.#parts.length;
  }

  /**
   * Adds a text, bytes, a number, a flag, nothing, or a list of them.
   *
   * @param isSecret whether only a digest of it may be kept
   * @throws NoText for any other value; what `createHash` throws
   */
  add(name: string, value: unknown, isSecret = false): void {
    if (!isSecret && standsForItself(value)) this.#parts.push(name, value);
    else this.addText(name, textOf(value, isSecret));
  }

  /** Adds a text that is different for any two values of this name. */
  addText(name: string, text: string): void {
    this.#parts.push(name, TEXT, text);
  }

  /** Adds an object or function, which counts by its identity. */
  addIdentity(name: string, value: object): void {
    this.isLocal = true;
    this.#parts.push(name, IDENTITY, identityOf(value));
  }

  equals(other: Parts): boolean {
    const [these, others] = [this.#parts, other.#parts];
    if (these.length !== others.length || this.isLocal !== other.isLocal) return false;
    // The parts that differ most often come first: server names, ports.
    for (let i = 0; i < these.length; i++) if (these[i] !== others[i]) return false;
    return true;
  }

  /** All of it as text, or the first `length` parts. */
  text(length = this.#parts.length): string {
    const parts = this.#parts;
    let text = 'sesscache client session v3';
    for (let i = 0; i < length; i++) {
      text += `\n${String(parts[i++])}=`;
      const part = parts[i];
      if (part === TEXT) text += String(parts[++i]);
      else if (part === IDENTITY) text += identityText(parts[++i] as number);
      else text += textOf(part);
    }
    return text;
  }

  /**
   * The key.
   *
   * @throws what `createHash` throws
   */
  digest(): Uint8Array {
    const digest = createHash('sha256').update(this.text(), 'utf16le').digest();
    return markKey(new Uint8Array(digest), this.isLocal);
  }
}

function standsForItself(value: unknown): value is Part {
  if (typeof value === 'string') return isShortText(value);
  if (typeof value === 'symbol') return false;
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}

/** A key, and what it was made of. */
export interface Remembered {
  readonly parts: Parts;
  /** The text of the parts, without the identities. */
  readonly base: string;
  readonly key: Uint8Array;
}

/** By host and port, the key used last first; in two generations. */
let recent = new Map<string, Remembered[]>();
let older = new Map<string, Remembered[]>();
/** Most peers of a generation, and most keys of a peer: server names, policies. */
const PEERS_MAX = 256;
const KEYS_MAX = 16;

/** The key that equal parts had. */
export function recall(peer: string, parts: Parts): Remembered | undefined {
  const known = recent.get(peer) ?? older.get(peer);
  if (known === undefined) return undefined;
  const at = known.findIndex((each) => each.parts.equals(parts));
  if (at === -1) return undefined;
  const found = known[at]!;
  if (at > 0) {
    known.splice(at, 1);
    known.unshift(found);
  }
  return found;
}

/** Remembers a key for the next connection to `peer`. */
export function remember(peer: string, made: Remembered): void {
  const known = recent.get(peer) ?? older.get(peer) ?? [];
  known.unshift(made);
  if (known.length > KEYS_MAX) known.pop();
  if (recent.size >= PEERS_MAX && !recent.has(peer)) [older, recent] = [recent, new Map()];
  recent.set(peer, known);
}
