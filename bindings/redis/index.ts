/**
 * Redis as the external store of a session cache, through node-redis or ioredis. Node only.
 *
 * @module
 */

export type {
  GlideClient,
  IORedisClient,
  IORedisSubscriber,
  NodeRedis4Client,
  NodeRedisClient,
  NodeRedisSubscriber,
  RedisClient,
  RedisSubscriber,
} from './clients.ts';
export { redisStore, type RedisStoreOptions } from './store.ts';
