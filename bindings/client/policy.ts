// Which options of a connection decide whom we trust and who we are. An option is in one of these
// lists, or it is digested if its value can be, or it keeps the connection from being cached.

/** Do not matter for trust: transport, HTTP, and what libraries leave among the options. */
export const IGNORED: ReadonlySet<string> = new Set([
  // of this package
  'sessions',
  'hop',
  // net and streams
  'allowHalfOpen',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'blockList',
  'enableTrace',
  'hints',
  'highWaterMark',
  'keepAlive',
  'keepAliveInitialDelay',
  'localPort',
  'noDelay',
  'onread',
  'readable',
  'signal',
  'timeout',
  'writable',
  // opens the key or the pfx, and does not change which it is
  'passphrase',
  // http, https and their agents; `path` is null there
  '_agentKey',
  '_defaultAgent',
  'agent',
  'agentKeepAliveTimeoutBuffer',
  'auth',
  'createConnection',
  'defaultPort',
  'encoding',
  'hash',
  'headers',
  'hostname',
  'href',
  'insecureHTTPParser',
  'joinDuplicateHeaders',
  'keepAliveMsecs',
  'maxFreeSockets',
  'maxHeaderSize',
  'maxSockets',
  'maxTotalSockets',
  'method',
  'pathname',
  'protocol',
  'query',
  'scheduling',
  'search',
  'setDefaultHeaders',
  'setHost',
  'singleUse',
  'uniqueHeaders',
  // http2
  'maxDeflateDynamicTableSize',
  'maxHeaderListPairs',
  'maxOriginSetSize',
  'maxOutstandingPings',
  'maxReservedRemoteStreams',
  'maxSendHeaderBlockLength',
  'maxSessionInvalidFrames',
  'maxSessionMemory',
  'maxSettings',
  'paddingStrategy',
  'peerMaxConcurrentStreams',
  'remoteCustomSettings',
  'settings',
  'streamResetBurst',
  'streamResetRate',
  'strictFieldWhitespaceValidation',
  'strictSingleValueFields',
  'unknownProtocolTimeout',
  // undici; `path` says which socket
  'maxCachedSessions',
  'socketPath',
  'typeOfService',
  'useH2c',
  // axios and follow-redirects
  'agents',
  'beforeRedirect',
  'beforeRedirects',
  'http2Options',
  'maxBodyLength',
  'maxRedirects',
  'nativeProtocols',
  'sensitiveHeaders',
  'trackRedirects',
  // got
  'cacheHeuristic',
  'h2session',
  'ignoreCargoCult',
  'immutableMinTimeToLive',
  'shared',
]);

/** Functions and objects that are digested by identity: the same one decides the same. */
export const BY_IDENTITY: ReadonlySet<string> = new Set([
  'checkServerIdentity',
  'lookup',
  'secureContext',
]);

/** Hold keys and certificates, as bytes, as text, or as objects around them. */
export const CREDENTIALS: ReadonlySet<string> = new Set(['key', 'pfx']);

/**
 * Keep a connection from being cached if set: what they check happens in no resumed handshake
 * (`requestOCSP`), what they trust cannot be told (`pskCallback`, `isServer`), or the caller resumes a
 * session of its own (`session`).
 */
export const REFUSED: ReadonlySet<string> = new Set([
  'isServer',
  'pskCallback',
  'requestOCSP',
  'session',
]);
