// `openssl s_server` on a free port, answering HTTP, for kinds of sessions that Node's servers do
// not make.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { findProgram } from '../support/commands.ts';

/** Runs `use` against an s_server with `args`, and then ends it. */
export async function withSServer(
  args: string[],
  use: (port: number) => Promise<void>,
): Promise<void> {
  const child = spawn(findProgram('openssl'), [
    's_server',
    '-accept',
    '127.0.0.1:0',
    '-www',
    ...args,
  ]);
  let output = '';
  try {
    const port = await new Promise<number>((resolve, reject) => {
      const read = (data: Buffer): void => {
        output += data;
        const accept = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(output);
        if (accept) resolve(Number(accept[1]));
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.on('error', reject);
      child.on('exit', () => reject(new Error(`openssl s_server ended: ${output}`)));
    });
    await use(port);
  } finally {
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  }
}
