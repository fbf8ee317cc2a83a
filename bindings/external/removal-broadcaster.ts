// Announces removals to the other processes, and receives theirs. Messages are sealed with the same
// keys as values, so that forged ones are refused. A process ignores a message that it has received
// before; removals.ts bounds what a replayed one does elsewhere.

import { randomBytes } from 'node:crypto';
import { isBytes, lengthOf, plainBytes, sameBytes } from '../checks.ts';
import { SEAL_BYTES } from './sealers.ts';
import { decodeRemovals, encodeRemoval, type Removal, SENDER_BYTES } from './message.ts';
import { aadOfMessage } from './associated-data.ts';
import { TwoGenerationMap } from './two-generation-map.ts';
import type { KeyRing } from './key-ring.ts';
import type { ExternalStats } from './stats.ts';
import type { Channel } from './store.ts';

/** Largest message that a channel must carry, bytes. */
const MESSAGE_MAX = 1024;
/** Most messages that are remembered, to ignore repetitions. */
const HEARD_MAX = 4096;
/** How long a removal may wait to share a message with others, ms. */
const PATIENCE = 20;

export class RemovalBroadcaster {
  readonly #channel: Channel;
  readonly #ring: KeyRing;
  readonly #aad: Buffer;
  readonly #stats: ExternalStats;
  readonly #report: (error: unknown) => void;
  readonly #hear: (removal: Removal) => void;
  /** Identifies this process: its own messages may come back. */
  readonly #sender = randomBytes(SENDER_BYTES);
  readonly #heard = new TwoGenerationMap(HEARD_MAX);
  #waiting: Buffer[] = [];
  #bytes = 0;
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(
    channel: Channel,
    ring: KeyRing,
    namespace: Uint8Array,
    stats: ExternalStats,
    report: (error: unknown) => void,
    hear: (removal: Removal) => void,
  ) {
    this.#channel = channel;
    this.#ring = ring;
    this.#aad = aadOfMessage(namespace);
    this.#stats = stats;
    this.#report = report;
    this.#hear = hear;
    this.#unsubscribe = channel.subscribe(this.#onMessage);
  }

  /** Announces a removal at the end of this turn, or with `patient` up to PATIENCE later. */
  tell(removal: Removal, patient = false): void {
    const bytes = encodeRemoval(removal);
    if (SEAL_BYTES + SENDER_BYTES + this.#bytes + bytes.length > MESSAGE_MAX) this.send();
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (patient) this.#later ??= setTimeout(this.send, PATIENCE).unref();
    else this.#soon ??= setImmediate(this.send);
  }

  /** Sends the waiting removals. */
  readonly send = (): void => {
    clearImmediate(this.#soon);
    clearTimeout(this.#later);
    this.#soon = undefined;
    this.#later = undefined;
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#bytes = 0;
    this.#publish(this.#ring.seal(this.#aad, Buffer.concat([this.#sender, ...waiting]))).then(
      () => void this.#stats.messages.sent++,
      (error: unknown) => {
        this.#stats.messages.failed++;
        this.#report(error);
      },
    );
  };

  stop(): void {
    this.send();
    const unsubscribe = this.#unsubscribe;
    this.#unsubscribe = undefined;
    try {
      unsubscribe?.();
    } catch (error) {
      this.#report(error);
    }
  }

  async #publish(message: Uint8Array): Promise<void> {
    await this.#channel.publish(message);
  }

  readonly #onMessage = (message: Uint8Array): void => {
    if (this.#unsubscribe === undefined) return;
    const removals = this.#read(message);
    if (removals === undefined) {
      this.#stats.messages.refused++;
      return;
    }
    if (removals.length > 0) this.#stats.messages.received++;
    for (const removal of removals) this.#hear(removal);
  };

  /**
   * The removals of a message: none if it is this process's own or known, undefined if its seal
   * fails.
   */
  #read(given: unknown): Removal[] | undefined {
    if (!isBytes(given) || lengthOf(given) > MESSAGE_MAX) return undefined;
    const message = plainBytes(given);
    const opened = this.#ring.open(this.#aad, message);
    if (typeof opened === 'string') return undefined;
    if (sameBytes(opened.plain.subarray(0, SENDER_BYTES), this.#sender)) return [];
    const nonce = opened.sealer.nonceOf(message);
    if (nonce !== undefined) {
      if (this.#heard.get(nonce) !== undefined) return [];
      this.#heard.set(nonce, 0);
    }
    return decodeRemovals(opened.plain);
  }
}
