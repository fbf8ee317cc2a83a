// The state that the parts of an attachment share: one server and its ring of keys.

import type { Policy, PolicyTracker } from '../node/policy/policy.ts';
import { handshakeTimeout } from '../node/runtime/server.ts';
import { reportFailure } from '../telemetry/warn.ts';
import type { NativeContext } from './native.ts';
import type { TicketSettings } from './options.ts';
import type { TicketKeyRing, Schedule } from './ring.ts';
import type { TicketServer } from './server.ts';
import { newStats, type NoTicketCause, type TicketKeysStats } from './stats.ts';
import { isTraced, trace } from './trace.ts';
import { TLS1_3 } from '../protocol.ts';

/** Node's default, ms. */
const HANDSHAKE_TIMEOUT = 120_000;

export class TicketHost {
  readonly server: TicketServer;
  readonly settings: TicketSettings;
  readonly schedule: Schedule;
  readonly stats: TicketKeysStats = newStats();
  readonly tracker: PolicyTracker;
  /** The server's policy at the last update. */
  policy: Policy | undefined;
  /** Whether no ticket may resume, as names may have different policies. */
  namesDiffer = false;
  /** Whether an accepted ticket of the present key is answered with a new one. */
  renewsPresent = false;
  /**
   * When each context may make tickets again, by `performance.now()`, which no clock change moves.
   */
  readonly #pauses = new WeakMap<NativeContext, number>();
  #pausedUntil = 0;

  constructor(server: TicketServer, settings: TicketSettings, tracker: PolicyTracker) {
    this.server = server;
    this.tracker = tracker;
    this.settings = settings;
    this.schedule = {
      period: settings.period,
      keep: settings.keep,
      secrets: settings.secrets ?? [],
    };
  }

  /** Brings policy and keys up to date: between a connection and its handshake they may change. */
  update: () => void = () => {};

  /** After an update: why no ticket of a ring is made or accepted. */
  refusalOf(ring: TicketKeyRing): NoTicketCause | undefined {
    this.update();
    if (ring.isRetired) return 'policy';
    return this.namesDiffer ? 'names' : undefined;
  }

  /** Makes a context issue no tickets for as long as Node gives a handshake. */
  pause(context: NativeContext): void {
    // 0 means no limit; Node's default is used instead.
    const until = performance.now() + (handshakeTimeout(this.server) || HANDSHAKE_TIMEOUT);
    this.#pauses.set(context, until);
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
  }

  /** Whether no context is paused; `isPaused` notes when a pause is over. */
  get hasNoPause(): boolean {
    return this.#pausedUntil === 0;
  }

  isPaused(context: NativeContext): boolean {
    if (this.#pausedUntil === 0) return false;
    const now = performance.now();
    if (now < this.#pausedUntil) return now < (this.#pauses.get(context) ?? 0);
    this.#pausedUntil = 0;
    return false;
  }

  /** Sets the policy of the server from now on. */
  adopt(policy: Policy): void {
    this.policy = policy;
    this.namesDiffer = this.settings.servernames && !policy.trustsAlike;
    this.renewsPresent = this.renews(false);
  }

  /** Changes the keys if a new period has begun. */
  follow(ring: TicketKeyRing): void {
    const { stats, schedule, server } = this;
    const before = ring.number;
    if (!ring.follow(Date.now())) return;
    for (const secret of schedule.secrets) secret.forget(ring.number - schedule.keep);
    stats.keys = ring.size;
    if (!Number.isNaN(before)) stats.rotations++;
    if (!isTraced()) return;
    const since = ring.number * schedule.period;
    trace({ type: 'rotated', since, keys: ring.size, server });
  }

  /** Whether an accepted ticket is answered with a new one. */
  renews(isOlder: boolean): boolean {
    const { renew } = this.settings;
    if (renew === 'never' || (!isOlder && renew !== 'always')) return false;
    const { requestCert, newest } = this.policy!;
    return !requestCert || newest < TLS1_3;
  }

  /** Counts and reports a failure, which costs a client at most a full handshake. */
  report(error: unknown): void {
    const { stats, settings } = this;
    const message = 'The ticket keys failed, so handshakes may be full';
    reportFailure(error, stats, settings.onError, 'SESSCACHE_ERROR', message);
  }
}
