// Where releases of libssl differ that recordings are made with.

import { engineOf } from '../../../bindings/cache/internal.ts';
import type { SessionCache } from '../../../bindings/index.ts';
import * as HEADER from '../../../bindings/core/fields/header.generated.ts';
import { Alert } from './wire.ts';

/** Of assembly/mode.ts: adding the identical session moves it. */
const MOVE_ON_READD = 1 << 1;

export interface Library {
  /** Adding the identical session moves it behind its equals: no longer in 3.5. */
  readonly movesOnReadd: boolean;
  /**
   * TLS 1.3: a server sends tickets after it has refused a session that was made with a cipher of
   * another hash. Seen in 3.0.22 and 3.5.8, and not in 3.0.19.
   */
  readonly sendsTicketsAfterOtherHash: boolean;
  /** TLS 1.3: for a client, a ticket from the future is as old as can be; in 3.5 it is new. */
  readonly futureIsOld: boolean;
  /** TLS 1.3: the alert about a binder that does not verify; the RFC's from some 3.x on. */
  readonly binderAlert: number;
}

/** What a release does; the vectors of this folder were recorded from the first. */
export function libraryOf(version = '3.0.19'): Library {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const is30 = major === 3 && minor < 2;
  return {
    movesOnReadd: is30,
    sendsTicketsAfterOtherHash: !is30 || patch > 19,
    futureIsOld: is30,
    binderAlert: is30 ? Alert.illegalParameter : Alert.decryptError,
  };
}

/** Has a cache of profile openssl-3.0 do as another release does. */
export function follow(cache: SessionCache, { movesOnReadd }: Library): void {
  if (movesOnReadd) return;
  const { memory, quirks } = engineOf(cache);
  memory.setHeaderWord(HEADER.quirks, quirks & ~MOVE_ON_READD);
}
