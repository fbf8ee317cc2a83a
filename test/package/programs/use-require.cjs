// Run by ../install.js inside a project that has installed the package.
const { Session, SessionCache } = require('sesscache');
const { peekSession } = require('sesscache/asn1');
const { connect } = require('sesscache/client');
const { clusterStore } = require('sesscache/cluster');
const { attachExternal } = require('sesscache/external');
const { attachServer } = require('sesscache/node');
const { redisStore } = require('sesscache/redis');

const cache = new SessionCache({ size: 2, sessionIdContext: Uint8Array.of(1) });
const id = new Uint8Array(32).fill(7);
const sessionIdContext = Uint8Array.of(1);
cache.addSession(new Session({ id, data: Uint8Array.of(1, 2, 3), sessionIdContext }));
console.log(`resumed ${cache.resumeSession(id)?.data.length} bytes`);
console.log(typeof peekSession, typeof connect, typeof attachServer, typeof attachExternal);
console.log(typeof clusterStore, typeof redisStore);
cache.close();
