// A worker of page.mjs.

import { Session } from '../sesscache/web/sesscache.js';
import { joinSharedCache } from '../sesscache/web/threads.js';

let cache;
let state;
let thread;
let isToStay = false;

/** The clock of this thread, which a flush asks while it holds the lock. */
function now() {
  if (isToStay) {
    isToStay = false;
    postMessage(['holding']);
    for (;;);
  }
  return Math.floor(Date.now() / 1000);
}

function idOf(key) {
  return new Uint8Array(32).fill(key & 0xff);
}

onmessage = async ({ data: asked }) => {
  switch (asked) {
    case 'churn': {
      let found = 0;
      let torn = 0;
      for (let i = 0; Atomics.load(state, 0) === 0; i++) {
        const key = 4 + ((i * 7) % 196);
        if (i % 5 === thread) {
          const length = 40 + ((i * 37) % 400);
          const data = new Uint8Array(length).fill(key & 0xff);
          cache.addSession(new Session({ id: idOf(key), data, timeout: 1000 }));
        } else if (i % 31 === 0) {
          cache.removeSessionById(idOf(key));
        } else {
          const session = cache.resumeSession(idOf(key));
          if (session === undefined) continue;
          found++;
          if (session.data.some((byte) => byte !== (key & 0xff))) torn++;
        }
      }
      postMessage(['churned', { found, torn }]);
      break;
    }
    case 'hold': {
      isToStay = true;
      cache.flushSessions();
      break;
    }
    case 'look': {
      const before = performance.now();
      const isFound = cache.resumeSession(new Uint8Array(16).fill(2)) !== undefined;
      postMessage(['looked', { isFound, waited: performance.now() - before }]);
      break;
    }
    case 'look for 3': {
      postMessage(['looked', { isFound: cache.resumeSession(idOf(3)) !== undefined }]);
      break;
    }
    default: {
      ({ state, thread } = asked);
      cache = joinSharedCache(asked.handle, { now });
      // When the browser has given it the lock that says that it lives (platform.web.ts).
      setTimeout(() => postMessage(['joined']), 100);
    }
  }
};
