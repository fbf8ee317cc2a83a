// Which label of the script names which session, and who holds a reference to it. libssl frees a
// session with its last reference; here that decides which labels are dead, because a dead one
// leaves the recorded state and the script's external cache no longer answers with it.

import type { Session } from '../../../bindings/index.ts';
import { Refusal } from './text.ts';
import type { SessionState } from './state.ts';
import type { Ticket } from './wire.ts';

export interface Entry {
  readonly session: Session;
  /** Until a handshake has agreed on one, a session cannot be written down for a client's copy. */
  hasCipher: boolean;
  /** The label it gets when it is first reported. */
  readonly base: string;
  /** Its id came from the built-in generator: a vector prints the length alone. */
  readonly randomId: boolean;
  /** A client's session of TLS 1.3 has a ticket. */
  readonly ticket: Ticket | undefined;
  label?: string;
  /** References of the script. */
  references: number;
  /** References of open connections. */
  connections: number;
  /** Callbacks under way, or just over, during which libssl holds it although it has left. */
  leaving: number;
  /** Its state as last shown: a session that came and went within one operation has none. */
  shown: SessionState | null | undefined;
  dead: boolean;
}

/**
 * SSL_SESSION_is_resumable: with a ticket, also without an id. The API knows of no tickets; whether
 * it has marked a session that has no id, a copy with one tells.
 */
export function isResumable({ ticket }: Entry, session: Session): boolean {
  if (session.isResumable || ticket === undefined || session.id.length > 0) {
    return session.isResumable;
  }
  const copy = session.dup();
  copy.setId(Uint8Array.of(1));
  return copy.isResumable;
}

/** libssl crashes over a session that a failed handshake left without a cipher, once it is used. */
export function refuseUnfinished({ hasCipher }: Entry): void {
  if (!hasCipher) throw new Refusal('ub');
}

export type EntryOptions = {
  readonly randomId?: boolean;
  readonly hasCipher?: boolean;
  readonly ticket?: Ticket | undefined;
};

export class Registry {
  #entries: Entry[] = [];
  readonly #bySerial = new Map<number, Entry>();
  readonly #byLabel = new Map<string, Entry>();

  add(base: string, session: Session, options: EntryOptions = {}): Entry {
    const { randomId = false, hasCipher = true, ticket } = options;
    const counts = { references: 0, connections: 0, leaving: 0 };
    const entry: Entry = {
      session,
      base,
      randomId,
      hasCipher,
      ticket,
      ...counts,
      shown: undefined,
      dead: false,
    };
    this.#entries.push(entry);
    this.#bySerial.set(session.serial, entry);
    return entry;
  }

  /**
   * Changes the id or the version of a session, which OpenSSL takes for the same one afterwards.
   */
  change(session: Session, change: (session: Session) => void): void {
    const entry = this.of(session);
    change(session);
    this.#bySerial.set(session.serial, entry);
  }

  /** The entry of `session`, found by its serial: another handle of it will do. */
  of(session: Session): Entry {
    const entry = this.#bySerial.get(session.serial);
    if (entry === undefined) throw new Error(`no session has the serial ${session.serial}`);
    return entry;
  }

  labelled(label: string): Entry | undefined {
    return this.#byLabel.get(label);
  }

  /** The session labelled so, unless it is gone. */
  living(label: string): Entry | undefined {
    const entry = this.labelled(label);
    return entry && this.isAlive(entry) ? entry : undefined;
  }

  /** The label of `entry`, given now if it has none: `base`, or `base#2` and on when taken. */
  label(entry: Entry): string {
    if (entry.label !== undefined) return entry.label;
    let label = entry.base;
    for (let n = 2; this.#byLabel.has(label); n++) label = `${entry.base}#${n}`;
    this.#byLabel.set(label, entry);
    entry.label = label;
    return label;
  }

  /** Labels what the caches hold, in the order in which it was made. */
  labelCached(): void {
    for (const entry of this.#entries) {
      if (entry.label === undefined && entry.session.isCached) this.label(entry);
    }
  }

  /**
   * Whether `entry` is still held: by the script, a connection, a cache, or on its way out of one.
   */
  isAlive(entry: Entry): boolean {
    const { references, connections, leaving, session } = entry;
    entry.dead ||= references + connections + leaving === 0 && !session.isCached;
    return !entry.dead;
  }

  /** Those that are gone, and shown to be, need not be looked at again. */
  forgetDead(): void {
    this.#entries = this.#entries.filter((entry) => this.isAlive(entry));
  }

  /** The script keeps what the connection `name` made, until `free`. */
  keepSessionsOf(name: string): void {
    for (const entry of this.#entries) {
      const base = entry.label?.replace(/#.*$/, '');
      if (base !== `${name}.s` && base !== `${name}.c`) continue;
      if (entry.references === 0 && this.isAlive(entry)) entry.references++;
    }
  }

  [Symbol.iterator](): IterableIterator<Entry> {
    return this.#entries.values();
  }
}
