// Which sessions were removed, and which tags revoked, recently and by any thread. A handshake or a
// lookup that was in progress at that time must not add such a session again.
//
// Each tag and each session has a word, chosen by its hash, with the number of its last departure.
// Words may be shared, so it may report a removal that did not happen, but never misses one.

import { Revocations } from '../cache/revocations.ts';
import { idOf, scopeOf, type Session } from '../session/session.ts';
import { DEPARTURES, idAt, tagAt } from './control.ts';

export class SharedRevocations extends Revocations {
  private readonly control: Int32Array;

  constructor(control: Int32Array) {
    super();
    this.control = control;
    Object.defineProperty(this, 'count', { get: () => Atomics.load(control, DEPARTURES) });
  }

  override note(tag: Uint8Array): void {
    this.noteAt(tagAt(tag));
  }

  noteRemoved(id: Uint8Array, version: number): void {
    this.noteAt(idAt(id, version));
  }

  override since(since: number, tags: readonly Uint8Array[], session?: Session): boolean {
    if (this.count === since) return false;
    const { control } = this;
    const isLater = (at: number): boolean => ((Atomics.load(control, at) - since) | 0) > 0;
    if (session !== undefined && isLater(idAt(idOf(session), scopeOf(session).version)))
      return true;
    return tags.some((tag) => isLater(tagAt(tag)));
  }

  private noteAt(at: number): void {
    const { control } = this;
    Atomics.store(control, at, (Atomics.add(control, DEPARTURES, 1) + 1) | 0);
  }
}
