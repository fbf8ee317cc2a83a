// Tells the sessions of https.Agent's own cache, which it passes to `tls.connect` as a caller
// would, from sessions that a caller gives.

type Function = (...args: any[]) => any;

/** Members of https.Agent that its types lack. */
interface AgentCache {
  _sessionCache?: { map?: Record<string, unknown> };
}

export class AgentSessions {
  readonly #sessions = new WeakSet<object>();
  /** The session that the caller of the agent has given. */
  #asked: unknown;

  /** Whether a session comes from the cache of an agent, and not from the caller of the agent. */
  isFromAgent(session: unknown): boolean {
    return isObject(session) && this.#sessions.has(session) && session !== this.#asked;
  }

  /**
   * A replacement of `https.Agent.prototype.createConnection` that notes where sessions come from.
   */
  watch(original: Function): Function {
    const note = (agent: AgentCache, args: readonly unknown[]): void => {
      const options = args.find(isObject) ?? {};
      const { _agentKey: key } = options as { _agentKey?: string };
      this.#asked = Object.getOwnPropertyDescriptor(options, 'session')?.value;
      if (this.#asked || typeof key !== 'string') return;
      const { _sessionCache: cache } = agent;
      const cached = cache?.map?.[key];
      if (isObject(cached)) this.#sessions.add(cached);
    };
    const forget = (): void => (this.#asked = undefined);
    return function createConnection(this: AgentCache, ...args: unknown[]): unknown {
      note(this, args);
      try {
        return Reflect.apply(original, this, args) as unknown;
      } finally {
        forget();
      }
    };
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
