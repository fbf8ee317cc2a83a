// Runs server.js as a child process and calls it.

import { fork } from 'node:child_process';
import { once } from 'node:events';

/** Starts server.js with the cache in `mode`, 'server' or 'off', and waits until it listens. */
export async function startServer(mode) {
  const child = fork(new URL('./server.js', import.meta.url), ['--mode', mode]);
  const died = once(child, 'exit').then(([code]) => {
    throw new Error(`the server ended by itself, with exit code ${code}`);
  });
  child.on('error', () => {}); // a message to a dead child; `died` says more
  died.catch(() => {}); // the code that waits for an answer reports it

  /** The next message of the child; rejects if it dies instead. */
  const answer = async () => {
    const [message] = await Promise.race([once(child, 'message'), died]);
    return message.result;
  };

  return {
    port: await answer(),
    /** Has the server do `call`, one of `calls` in server.js, and resolves to what that returns. */
    call(call, argument) {
      child.send({ call, argument });
      return answer();
    },
    stop() {
      if (child.connected) child.disconnect();
    },
  };
}
