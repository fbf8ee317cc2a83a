// What a store leaves with the question of a connection, beside a session or none: for those who
// have to say why there was none. Where several connections ask for one id at a time, the first is
// told.

import { sameBytes } from '../checks.ts';
import type { Session } from '../index.ts';
import type { ExternalMissCause } from './stats.ts';

export interface StoreAnswer {
  /** Why the store gave no session. */
  readonly miss?: ExternalMissCause;
  /** Why the cache will not resume what the store gave. */
  readonly refusal?: 'context' | 'expired' | undefined;
}

/** A question that has room for it. */
interface Answerable {
  readonly sessionIdContext?: Uint8Array | undefined;
  readonly acceptedAt?: number | undefined;
  answer?: StoreAnswer | undefined;
}

/** Leaves the answer with a question of sesscache/node; those of others are left alone. */
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
