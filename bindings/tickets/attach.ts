// Attaches a ring of ticket keys to a server of Node, and detaches it.

import cluster from 'node:cluster';
import { constants, randomBytes } from 'node:crypto';
import { Server } from 'node:tls';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { wrongType } from '../checks.ts';
import { type Policy, PolicyTracker } from '../node/policy/policy.ts';
import { givesTickets, hasDefaultContext } from '../node/runtime/server.ts';
import { changeSecureContext, watchContexts } from '../node/policy/watch.ts';
import { callbackOf } from './callback.ts';
import { TicketKeysError } from './errors.ts';
import { TicketHost } from './host.ts';
import { type NativeContext, nativeContext, NO_TICKET, nodesAnswer, setCallback, type TicketKeyCallback, UNKNOWN } from './native.ts'; // prettier-ignore
import { type ExportedRatchet, readOptions, readSecrets, type TicketKeysOptions, type TicketSecret } from './options.ts'; // prettier-ignore
import { probe } from './probe.ts';
import { TicketKeyRing, type TicketKey } from './ring.ts';
import { bindingOf, KEY_BYTES, MasterSecret, seedOf } from './secret.ts';
import { policyDigest, type TicketServer } from './server.ts';
import type { TicketKeysStats } from './stats.ts';
import { isTraced, trace } from './trace.ts';
import { warnAbout, warnOfContext, warnOfFallback, warnOfNames, warnOfNoTicket, warnOfTicketKeys } from './warnings.ts'; // prettier-ignore

const attachedServers = new WeakSet<Server>();

/** Refuses servers that no ticket keys can be attached to. */
export function checkServer(server: unknown): TicketServer {
  if (!(server instanceof Server)) {
    wrongType('server', 'tls, https or secure http2 server', server);
  }
  const checked = server as TicketServer;
  const context = nativeContext(checked);
  if (context === undefined) {
    throw new TicketKeysError(
      'ERR_SESSCACHE_NOT_TLS',
      'the server has no secure context that accepts ticket keys: pass a server of tls, https or http2',
    );
  }
  if (attachedServers.has(server)) {
    throw new TicketKeysError(
      'ERR_SESSCACHE_ATTACHED',
      'the server has ticket keys attached: detach them first',
    );
  }
  const { onticketkeycallback: callback } = context;
  if (callback !== undefined && callback !== asNode) {
    throw new TicketKeysError(
      'ERR_SESSCACHE_ATTACHED',
      "the server's secure context has a ticket key callback of other code: remove that first",
    );
  }
  if (!givesTickets(checked)) {
    throw new TicketKeysError(
      'ERR_SESSCACHE_NO_TICKETS',
      'the server issues no tickets: drop SSL_OP_NO_TICKET from its `secureOptions`, ' +
        'or use `attachServer` of sesscache/node',
    );
  }
  if (checked.ticketKeys !== undefined) {
    throw new TicketKeysError(
      'ERR_SESSCACHE_TICKET_KEYS',
      'the server has the option `ticketKeys`, which would not be used: ' +
        'drop it, and pass a `secret` instead',
    );
  }
  return checked;
}

export class TicketAttachment {
  /** Resolved once it is known where the keys come from. */
  readonly ready: Promise<void>;
  readonly #host: TicketHost;
  readonly #tracker: PolicyTracker;
  readonly #unwatch: () => void;
  /** Whether the caller has given secrets; otherwise they are made of Node's keys. */
  #hasSecrets: boolean;
  #isAttached = true;
  /**
   * Keys are needed from the first connection on, and are not known before where Node shares its
   * own among workers.
   */
  #isServing: boolean;
  #ring: TicketKeyRing | undefined;
  #binding: Buffer | undefined;
  #callback: TicketKeyCallback | undefined;
  /** The context of the next connection, as of the last check. */
  #context: NativeContext | undefined;
  #watchesClients = false;
  /** The last argument of `setTicketKeys`, and the keys of Node that it replaced. */
  #set: { context: NativeContext; key: TicketKey | undefined; nodesKeys: Buffer } | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #warned = new Set<() => void>();

  constructor(server: Server, options: TicketKeysOptions) {
    const checked = checkServer(server);
    const settings = readOptions(options);
    this.#tracker = new PolicyTracker(checked, undefined);
    this.#host = new TicketHost(checked, settings, this.#tracker);
    this.#unwatch = watchContexts(this.#tracker, (error) => this.#host.report(error));
    this.#tracker.onChange = () => this.#guard(() => this.#follow());
    this.#host.update = () => this.#follow();
    this.#hasSecrets = settings.secrets !== undefined;
    this.#isServing = server.listening;
    attachedServers.add(server);
    // Before all other listeners: the server's own makes the connection's context final.
    server.prependListener('listening', this.#onListening);
    server.prependListener('connection', this.#onConnection);
    server.prependListener('close', this.#onClose);
    warnAbout(checked, settings);
    this.#warnOfContext(this.#tracker.policy);
    if (this.#isServing) this.#guard(() => this.#serve());
    this.#arm();
    this.ready = probe().then(this.#onProbed);
  }

  detach(): void {
    if (!this.#isAttached) return;
    this.#isAttached = false;
    const { server, schedule, stats } = this.#host;
    server.off('listening', this.#onListening);
    server.off('connection', this.#onConnection);
    server.off('secureConnection', this.#onSecureConnection);
    server.off('close', this.#onClose);
    this.#unwatch();
    clearTimeout(this.#timer);
    attachedServers.delete(server);
    this.#guard(() => this.#restoreKeys());
    const context = this.#context;
    if (context && context.onticketkeycallback === this.#callback) {
      this.#guard(() => setCallback(context, asNode));
    }
    this.#ring?.retire();
    for (const secret of schedule.secrets) secret.wipe();
    schedule.secrets = [];
    stats.keys = 0;
  }

  stats(): TicketKeysStats {
    return structuredClone(this.#host.stats);
  }

  setSecrets(secrets: readonly TicketSecret[]): void {
    const checked = readSecrets(secrets, 'secrets', this.#host.settings.period);
    if (this.#isAttached) {
      this.#hasSecrets = true;
      this.#replaceSecrets(checked);
    } else {
      for (const secret of checked) secret.wipe();
    }
  }

  setSecureContext(options: SecureContextOptions): void {
    changeSecureContext(this.#host.server, options);
  }

  exportRatchets(): ExportedRatchet[] {
    this.#guard(() => this.#follow());
    const exported = this.#host.schedule.secrets.map((secret) => secret.export());
    return exported.filter((ratchet) => ratchet !== undefined);
  }

  readonly #onListening = (): void => this.#guard(() => this.#serve());

  readonly #onConnection = (): void => {
    try {
      if (!this.#isServing) this.#serve();
      else if (!this.#isUpToDate()) this.#follow();
    } catch (error) {
      this.#host.report(error);
    }
  };

  /** Whether the next connection gets its keys from the callback, which reads the clock itself. */
  #isUpToDate(): boolean {
    const host = this.#host;
    return (
      host.stats.mode === 'callback' &&
      this.#ring !== undefined &&
      this.#tracker.policy === host.policy &&
      this.#context!.onticketkeycallback === this.#callback
    );
  }

  /**
   * In a cluster, the first worker that listens gives the others its keys: Node's keys, not these.
   */
  readonly #onClose = (): void => {
    this.#isServing = false;
    this.#guard(() => this.#restoreKeys());
  };

  readonly #onProbed = (works: boolean): void => {
    const { stats, server } = this.#host;
    stats.mode = works ? 'callback' : 'setTicketKeys';
    if (!this.#isAttached) return;
    if (isTraced()) trace({ type: 'mode', mode: stats.mode, server });
    this.#guard(() => {
      if (works) this.#restoreKeys();
      else warnOfFallback();
      this.#follow();
    });
  };

  /** Begins with the first connection, or before it. */
  #serve(): void {
    this.#isServing = true;
    const { server, schedule } = this.#host;
    const context = nativeContext(server);
    // Only a worker does this repeatedly: its primary may give it other keys.
    if (!this.#hasSecrets && context && (schedule.secrets.length === 0 || cluster.isWorker)) {
      const keys = context.getTicketKeys();
      const seed = seedOf(keys);
      this.#replaceSecrets([new MasterSecret(seed, schedule.period)]);
      keys.fill(0);
      seed.fill(0);
    } else {
      this.#follow();
    }
  }

  #replaceSecrets(secrets: MasterSecret[]): void {
    const { schedule } = this.#host;
    const before = schedule.secrets;
    schedule.secrets = secrets;
    this.#ring?.reset();
    for (const secret of before) secret.wipe();
    this.#guard(() => this.#follow());
  }

  /** Gives the next connection the keys of the server as it is now. */
  #follow(): void {
    if (!this.#isServing || !this.#isAttached) return;
    const context = nativeContext(this.#host.server, this.#context);
    if (context === undefined) return;
    const { policy } = this.#tracker;
    const ring =
      this.#ring && policy === this.#host.policy ? this.#ring : this.#makeRing(context, policy);
    this.#host.follow(ring);
    if (this.#host.stats.mode !== 'callback') this.#setPresent(context, ring);
    else if (context.onticketkeycallback !== this.#callback) setCallback(context, this.#callback!);
  }

  /** The ring of the server's policy: a new one if the policy has changed. */
  #makeRing(context: NativeContext, policy: Policy): TicketKeyRing {
    const host = this.#host;
    const binding = bindingOf(policy.sessionIdContext, policyDigest(this.#tracker, policy));
    let ring = this.#ring;
    if (ring === undefined || !this.#binding?.equals(binding)) {
      ring?.retire();
      // Connections of the same context may still be under the policy that they were accepted with.
      if (ring && this.#context === context) host.pause(context);
      ring = new TicketKeyRing(binding, host.schedule);
      this.#callback = callbackOf(host, ring);
    }
    // If no context asks for certificates, no client is called authorized.
    if (policy.requestCert && !this.#watchesClients) {
      this.#watchesClients = true; // for good: connections may have been accepted by now
      host.server.prependListener('secureConnection', this.#onSecureConnection);
    }
    host.adopt(policy);
    if (host.namesDiffer) this.#warnOnce(warnOfNames);
    this.#warnOfContext(policy);
    if (!policy.context.givesTickets) this.#warnOnce(warnOfNoTicket);
    if (host.server.ticketKeys !== undefined) this.#warnOnce(warnOfTicketKeys);
    this.#ring = ring;
    this.#binding = binding;
    this.#context = context;
    return ring;
  }

  /** Without the callback: the present key alone. */
  #setPresent(context: NativeContext, ring: TicketKeyRing): void {
    const host = this.#host;
    const isRefused = host.namesDiffer || host.isPaused(context);
    // No ticket may resume at all: a connection that is accepted later may share its key with one
    // that is not.
    if (isRefused) context.setOptions?.(constants.SSL_OP_NO_TICKET);
    const key = isRefused ? undefined : ring.present;
    const set = this.#set;
    if (set?.context === context && set.key === key) return;
    const nodesKeys = set?.context === context ? set.nodesKeys : context.getTicketKeys();
    // Without a key, one that no ticket was made with.
    context.setTicketKeys(key?.bytes ?? randomBytes(KEY_BYTES));
    this.#set = { context, key, nodesKeys };
  }

  /** Undoes `setTicketKeys`. */
  #restoreKeys(): void {
    this.#set?.context.setTicketKeys(this.#set.nodesKeys);
    this.#set = undefined;
  }

  /** Overwrites keys that are not used any more in time, even if no connection comes. */
  #arm(): void {
    const period = this.#host.schedule.period * 1000;
    const rest = period - (Date.now() % period) || period;
    this.#timer = setTimeout(() => {
      this.#guard(() => this.#follow());
      this.#arm();
    }, rest + 1);
    this.#timer.unref?.(); // a replaced setTimeout may return an object without it
  }

  /**
   * Node 20 and 22 call a TLS 1.3 client that showed no certificate authorized as soon as it
   * resumes. This restores the result of the full handshake, as Node 24 does.
   */
  readonly #onSecureConnection = (socket: TLSSocket): void => {
    if (!socket.authorized) return;
    this.#guard(() => {
      if (!socket.isSessionReused() || socket.getPeerX509Certificate()) return;
      if (this.#tracker.usesPskCallback) return;
      this.#host.stats.unauthorized++;
      socket.authorized = false;
      Object.assign(socket, { authorizationError: 'UNABLE_TO_GET_ISSUER_CERT' });
      if (this.#host.server.rejectUnauthorized) socket.destroy();
    });
  };

  #warnOfContext({ context }: Policy): void {
    // The workers of a cluster have the same command line, and hosts may have.
    const isShared = this.#hasSecrets && hasDefaultContext(context.sessionIdContext);
    if (isShared) this.#warnOnce(warnOfContext);
  }

  #warnOnce(warning: () => void): void {
    if (this.#warned.has(warning)) return;
    this.#warned.add(warning);
    warning();
  }

  #guard(operation: () => void): void {
    try {
      operation();
    } catch (error) {
      this.#host.report(error);
    }
  }
}

/** Answers as Node did before it had the callback, which cannot be removed. */
const asNode: TicketKeyCallback = function asNode(name, _iv, isNew) {
  try {
    return nodesAnswer(this, name, isNew);
  } catch {
    return isNew ? NO_TICKET : UNKNOWN;
  }
};
