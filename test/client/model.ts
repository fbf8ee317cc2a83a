// A simple model of ClientSessionCache: a list of sessions in the order in which they were stored.

export interface Stored {
  /** Identifies the session. */
  name: number;
  peer: number;
  isTicket: boolean;
  time: number;
  timeout: number;
  authTime: number;
  family: number;
}

export interface Limits {
  size: number;
  ticketsPerPeer: number;
  keepLast: boolean;
  maxLifetime: number;
}

/** How many expired sessions each lookup removes at most. */
const FLUSH_BUDGET = 16;
const DAY = 86_400;

export class Model {
  /** Oldest first. */
  stored: Stored[] = [];
  readonly limits: Limits;
  now = 0;

  constructor(limits: Limits) {
    this.limits = limits;
  }

  put(session: Stored): boolean {
    const { maxLifetime, ticketsPerPeer, size } = this.limits;
    const end = Math.min(session.time + session.timeout, session.authTime + maxLifetime);
    if (end < this.now) return false;
    const rivals = this.#of(session.peer).filter(({ isTicket }) => isTicket === session.isTicket);
    const most = session.isTicket ? ticketsPerPeer : 1;
    if (rivals.length >= most) this.#remove(rivals[0]!);
    else if (this.stored.length >= size) this.#remove(this.#byExpiry()[0]!);
    this.stored.push({ ...session, timeout: end - session.time });
    return true;
  }

  /** The session that is handed out, and whether the cache keeps it. */
  take(peer: number): { session: Stored; stays: boolean } | undefined {
    const session = this.peek(peer);
    if (session === undefined) return undefined;
    const tickets = this.#of(peer).filter(({ isTicket }) => isTicket).length;
    const stays = !session.isTicket || (this.limits.keepLast && tickets === 1);
    if (!stays) this.#remove(session);
    return { session, stays };
  }

  peek(peer: number): Stored | undefined {
    const expired = this.#byExpiry().filter((session) => this.#expiry(session) < this.now);
    for (const session of expired.slice(0, FLUSH_BUDGET)) this.#remove(session);
    for (;;) {
      const newest = this.#of(peer).at(-1);
      if (newest === undefined || this.#expiry(newest) >= this.now) return newest;
      this.#remove(newest);
    }
  }

  count(peer: number): number {
    return this.#of(peer).filter((session) => this.#expiry(session) >= this.now).length;
  }

  drop(peer: number): number {
    return this.#removeAll((session) => session.peer === peer);
  }

  dropFamily(family: number): number {
    return this.#removeAll((session) => session.family === family);
  }

  #removeAll(isOne: (session: Stored) => boolean): number {
    const before = this.stored.length;
    this.stored = this.stored.filter((session) => !isOne(session));
    return before - this.stored.length;
  }

  #remove(session: Stored): void {
    this.stored.splice(this.stored.indexOf(session), 1);
  }

  #of(peer: number): Stored[] {
    return this.stored.filter((session) => session.peer === peer);
  }

  /** Ordered by expiry; of equal expiries, those stored first come first. */
  #byExpiry(): Stored[] {
    return this.stored.toSorted((a, b) => this.#expiry(a) - this.#expiry(b));
  }

  #expiry({ time, timeout, authTime, isTicket }: Stored): number {
    const most = isTicket ? this.limits.maxLifetime : Math.min(this.limits.maxLifetime, DAY);
    return Math.min(time + timeout, authTime + most);
  }
}
