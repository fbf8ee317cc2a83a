// Answers when Node asks for the key of a ticket. In every case the answer is complete and nothing
// is thrown: Node would abort the process at an incomplete answer, and fail the handshake at an
// error.

import { randomFillSync } from 'node:crypto';
import type { TicketHost } from './host.ts';
import {
  type NativeContext,
  NO_TICKET,
  PART_BYTES,
  type TicketKeyAnswer,
  type TicketKeyCallback,
  UNKNOWN,
} from './native.ts';
import { hasName, type TicketKeyRing } from './ring.ts';
import { ageOf, type NoTicketCause } from './stats.ts';
import { isTraced, trace } from './trace.ts';

/** Random bytes come in blocks, as a call costs more than the bytes. IVs are not secret. */
const IVS = Buffer.alloc(256 * PART_BYTES);
/** Views of the block, each made when it is first used. */
const views: Buffer[] = [];
const VIEWS = IVS.length / PART_BYTES;
let usedIvs = VIEWS;

/**
 * The callback of a ring. Nearly all tickets are made by the present key and come back to it, and
 * for these one function does everything. Before each call OpenSSL has filled the processor's
 * caches, so every function and object that a call touches takes time: spread over eight functions,
 * the same work cost a resumed handshake 2 to 4 % more.
 */
export function callbackOf(host: TicketHost, ring: TicketKeyRing): TicketKeyCallback {
  const { stats, tracker } = host;
  const { accepted, bySecret } = stats;
  return function answer(name, _iv, isNew) {
    try {
      const now = Date.now();
      const key = ring.present;
      if (
        key !== undefined && // a retired ring has none
        now >= key.from &&
        now < key.until &&
        tracker.policy === host.policy &&
        !host.namesDiffer &&
        !isTraced()
      ) {
        if (isNew && host.hasNoPause) {
          key.make[4] = nextIv();
          stats.made++;
          return key.make;
        }
        if (!isNew && hasName(key, name)) {
          accepted.present++;
          bySecret.first++;
          if (!host.renewsPresent) return key.use;
          stats.renewed++;
          return key.renew;
        }
      }
    } catch {
      // It fails again below, where the failure is reported.
    }
    return isNew ? answerForNew(host, ring, this) : answerForOffered(host, ring, name);
  };
}

/** The key for a new ticket, and a random IV, which AES-CBC needs to be unpredictable. */
function answerForNew(
  host: TicketHost,
  ring: TicketKeyRing,
  context: NativeContext,
): TicketKeyAnswer {
  try {
    const cause = host.refusalOf(ring) ?? (host.isPaused(context) ? 'policy' : undefined);
    if (cause !== undefined) return noTicket(host, cause);
    const key = ring.present;
    if (key === undefined) return noTicket(host, 'clock');
    key.make[4] = nextIv();
    host.stats.made++;
    if (isTraced()) trace({ type: 'made', server: host.server });
    return key.make;
  } catch (error) {
    host.stats.notMade.error++;
    host.report(error);
    return NO_TICKET;
  }
}

/** The key for a ticket that a client offers. */
function answerForOffered(host: TicketHost, ring: TicketKeyRing, name: Buffer): TicketKeyAnswer {
  try {
    const { server, stats } = host;
    const cause = host.refusalOf(ring);
    const key = ring.find(name);
    if (key === undefined || cause === 'policy') {
      stats.unknown++;
      if (isTraced()) trace({ type: 'unknown', server });
      return UNKNOWN;
    }
    if (cause === 'names') {
      stats.refused.names++;
      if (isTraced()) trace({ type: 'refused', server });
      return UNKNOWN;
    }
    const age = ageOf(ring.number - key.number);
    const isOther = key.secret !== host.schedule.secrets[0];
    const renewed = host.renews(isOther || key.number < ring.number);
    stats.accepted[age]++;
    stats.bySecret[isOther ? 'other' : 'first']++;
    if (renewed) stats.renewed++;
    if (isTraced()) trace({ type: 'accepted', age, renewed, server });
    return renewed ? key.renew : key.use;
  } catch (error) {
    host.report(error);
    return UNKNOWN;
  }
}

function noTicket(host: TicketHost, cause: NoTicketCause): TicketKeyAnswer {
  host.stats.notMade[cause]++;
  if (isTraced()) trace({ type: 'notMade', cause, server: host.server });
  return NO_TICKET;
}

/** A view, which Node copies before anything else can happen. */
function nextIv(): Buffer {
  if (usedIvs === VIEWS) {
    randomFillSync(IVS);
    usedIvs = 0;
  }
  const index = usedIvs++;
  return (views[index] ??= IVS.subarray(index * PART_BYTES, (index + 1) * PART_BYTES));
}
