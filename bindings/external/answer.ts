// Why a store gave no session: left with the connection that asked, for the adapter that reports
// misses. If several connections ask for one id at a time, only the first gets the reason.

import { sameBytes } from '../checks.ts';
import type { Session } from '../index.ts';
import type { ExternalMissCause } from './stats.ts';

export interface StoreAnswer {
  /** Why the store gave no session. */
  readonly miss?: ExternalMissCause;
  /** Why the cache will not resume what the store gave. */
  readonly refusal?: 'context' | 'expired' | undefined;
}

/** A connection that can receive the reason. */
interface Answerable {
  readonly sessionIdContext?: Uint8Array | undefined;
  readonly acceptedAt?: number | undefined;
  answer?: StoreAnswer | undefined;
}

/**
 * Sets the answer of a connection of sesscache/node; connections of other callers stay unchanged.
 */
export function leaveAnswer(
  question: Answerable | undefined,
  found: Session | ExternalMissCause,
  now: number,
): void {
  if (question?.acceptedAt === undefined) return;
  question.answer =
    typeof found === 'string' ? { miss: found } : { refusal: refusalOf(question, found, now) };
}

function refusalOf(question: Answerable, found: Session, now: number): StoreAnswer['refusal'] {
  const { sessionIdContext: context } = question;
  if (context !== undefined && !sameBytes(found.sessionIdContext, context)) return 'context';
  return Number(found.time) + Number(found.timeout) < now ? 'expired' : undefined;
}
