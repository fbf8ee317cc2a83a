// What a lookup is asked for on behalf of a connection.

import { checkBoolean, checkBytes, checkVersion } from '../checks.ts';
import { EXTMS_KNOWN, EXTMS_OFFERED, VERIFY_PEER } from '../core/abi.generated.ts';
import type { Scope } from '../session/extras.ts';
import { internContext } from '../session/state.ts';
import type { Engine } from './engine.ts';
import type { Connection } from './types.ts';
import { TLS1_2 } from '../protocol.ts';

/** Version and context, and what the core's tests are told. Never changed. */
export interface Asked extends Scope {
  readonly flags: number;
}

/** What a connection asks for that may say something about itself. */
export function askedBy(engine: Engine, connection: Connection): Asked {
  const { protocolVersion } = connection;
  const version =
    protocolVersion === undefined ? TLS1_2 : checkVersion(protocolVersion, 'protocolVersion');
  return askedFor(engine, connection, version);
}

/** The same for a version that is known already. */
export function askedFor(
  engine: Engine,
  { sessionIdContext, verifyPeer, extendedMasterSecret }: Connection,
  version: number,
): Asked {
  const context =
    sessionIdContext === undefined
      ? engine.context
      : checkBytes(sessionIdContext, 'sessionIdContext');
  let { flags } = engine.asked;
  if (verifyPeer !== undefined) {
    flags = checkBoolean(verifyPeer, 'verifyPeer') ? flags | VERIFY_PEER : flags & ~VERIFY_PEER;
  }
  if (extendedMasterSecret !== undefined) {
    flags |= EXTMS_KNOWN;
    if (checkBoolean(extendedMasterSecret, 'extendedMasterSecret')) flags |= EXTMS_OFFERED;
  }
  return { version, context, extras: undefined, flags };
}

/** The same with a context that is not the caller's. */
export function owned(engine: Engine, asked: Asked): Asked {
  const { context } = asked;
  return context === engine.context ? asked : { ...asked, context: internContext(context) };
}
