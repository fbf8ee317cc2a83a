/**
 * Sessions for the TLS clients of Node: tls, https, undici, http2, FTPS. Node only.
 *
 * @module
 */

export { SessionAgent } from './agent.ts';
export type { SessionAgentOptions } from './agent.ts';
export type { ClientSessionCacheOptions } from './sessions/backing.ts';
export { connect } from './connect.ts';
export type { ConnectOptions, SessionOptions } from './connect.ts';
export { ImportError } from './errors.ts';
export type { ImportErrorCode } from './errors.ts';
export { http2Connector } from './http2.ts';
export type { Http2Connector } from './http2.ts';
export { sessionKey } from './key/key.ts';
export type { Hop, SessionKeyOptions } from './key/key.ts';
export type { AgeOptions } from './sessions/persist.ts';
export type { SealKey } from './sessions/seal.ts';
export { ClientSessionCache } from './sessions/sessions.ts';
export { ControlSession, resumeDataConnections } from './ftps.ts';
export type { BasicFtpContext } from './ftps.ts';
export { defaultSessions } from './shared.ts';
export type { ClientSessionStats, RefusalCause } from './sessions/stats.ts';
export { undiciConnector } from './undici.ts';
export type {
  BuildConnector,
  UndiciConnector,
  UndiciConnectorOptions,
  UndiciTarget,
} from './undici.ts';
export type {
  FullHandshakeReason,
  HandshakeEvent,
  LookupEvent,
  SessionEvent,
} from '../telemetry/events.ts';
