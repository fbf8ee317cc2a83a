// Which label of the script names which session, and who holds a reference to it. libssl frees a
// session with its last reference; here that decides which labels are dead, because a dead one
// leaves the recorded state and the script's external cache no longer answers with it.

import type { Session } from '../../bindings/index.ts';

export interface Entry {
  readonly session: Session;
  /** Until a handshake has agreed on one, a session cannot be written down for a client's copy. */
  hasCipher: boolean;
  /** The label it gets when it is first reported. */
  readonly base: string;
  /** Its id came from the built-in generator: a vector prints the length alone. */
  readonly randomId: boolean;
  label?: string;
  /** References of the script. */
  references: number;
  /** References of open connections. */
  connections: number;
  /** Whether a state has shown it: a session that came and went within one operation never is. */
  shown: boolean;
  dead: boolean;
}

export type EntryOptions = Partial<Pick<Entry, 'randomId' | 'hasCipher'>>;

export class Registry {
  readonly #entries: Entry[] = [];
  readonly #bySerial = new Map<number, Entry>();
  readonly #byLabel = new Map<string, Entry>();

  add(base: string, session: Session, options: EntryOptions = {}): Entry {
    const { randomId = false, hasCipher = true } = options;
    const counts = { references: 0, connections: 0, shown: false, dead: false };
    const entry: Entry = { session, base, randomId, hasCipher, ...counts };
    this.#entries.push(entry);
    this.#bySerial.set(session.serial, entry);
    return entry;
  }

  /** Changes the id or the version of a session, which OpenSSL takes for the same one afterwards. */
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

  /** The label of `entry`, given now if it has none: `base`, or `base#2` and on when taken. */
  label(entry: Entry): string {
    if (entry.label !== undefined) return entry.label;
    let label = entry.base;
    for (let n = 2; this.#byLabel.has(label); n++) label = `${entry.base}#${n}`;
    this.#byLabel.set(label, entry);
    entry.label = label;
    return label;
  }

  labelOf(session: Session): string {
    return this.label(this.of(session));
  }

  /** Whether anybody still holds `entry`. Once nobody does, it is gone for good. */
  isAlive(entry: Entry): boolean {
    entry.dead ||= entry.references === 0 && entry.connections === 0 && !entry.session.isCached;
    return !entry.dead;
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
