// The criteria of a lookup, from the connection that makes it.

import { checkBoolean, checkBytes, checkVersion } from '../checks.ts';
import { EXTMS_KNOWN, EXTMS_OFFERED, VERIFY_PEER } from '../core/abi.generated.ts';
import type { Scope } from '../session/extras.ts';
import { internContext } from '../session/state.ts';
import type { Engine } from './engine.ts';
import type { Connection } from './types.ts';
import { TLS1_2 } from '../protocol.ts';

/** Version, context and flags for the core's tests. Immutable. */
export interface LookupCriteria extends Scope {
  readonly flags: number;
}

/** The criteria of a connection, whose fields may all be absent. */
export function criteriaOf(engine: Engine, connection: Connection): LookupCriteria {
  const { protocolVersion } = connection;
  const version =
    protocolVersion === undefined ? TLS1_2 : checkVersion(protocolVersion, 'protocolVersion');
  return criteriaFor(engine, connection, version);
}

/** The same for a version that is known already. */
export function criteriaFor(
  engine: Engine,
  { sessionIdContext, verifyPeer, extendedMasterSecret }: Connection,
  version: number,
): LookupCriteria {
  const context =
    sessionIdContext === undefined
      ? engine.context
      : checkBytes(sessionIdContext, 'sessionIdContext');
  let { flags } = engine.defaultCriteria;
  if (verifyPeer !== undefined) {
    flags = checkBoolean(verifyPeer, 'verifyPeer') ? flags | VERIFY_PEER : flags & ~VERIFY_PEER;
  }
  if (extendedMasterSecret !== undefined) {
    flags |= EXTMS_KNOWN;
    if (checkBoolean(extendedMasterSecret, 'extendedMasterSecret')) flags |= EXTMS_OFFERED;
  }
  return { version, context, extras: undefined, flags };
}

/** The same with a copy of the context. */
export function internCriteria(engine: Engine, criteria: LookupCriteria): LookupCriteria {
  const { context } = criteria;
  return context === engine.context ? criteria : { ...criteria, context: internContext(context) };
}
