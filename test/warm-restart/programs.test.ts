// The programs of examples/ that keep their sessions over a restart, under load.

import { randomBytes } from 'node:crypto';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { connectTls } from '../node/harness.ts';
import { root } from '../examples/program.ts';
import { findProgram } from '../support/commands.ts';
import { until } from '../support/clock.ts';
import { VERSIONS } from '../support/versions.ts';

const test = suite('warm restart: whole programs');
const GET = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n';

interface Program {
  child: ChildProcess;
  output: () => string;
}

const running: ChildProcess[] = [];
test.after.each(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

function run(file: string, args: string[], env: NodeJS.ProcessEnv = {}): Program {
  const child = spawn(process.execPath, [join(root, 'examples', file), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return follow(child, child.stdout, child.stderr);
}

/** A program that has been started, with what it writes; it ends with the test. */
function follow(child: ChildProcess, ...outputs: Readable[]): Program {
  running.push(child);
  let text = '';
  for (const stream of outputs) {
    stream.setEncoding('utf8').on('data', (piece: string) => (text += piece));
  }
  return { child, output: () => text };
}

/**
 * Listens as systemd does for a service, and starts the program with the socket; once more for each
 * line of its input, until that ends. Node cannot listen without accepting: Perl does.
 */
function launch(file: string, args: string[], env: NodeJS.ProcessEnv): Program {
  const listen = `
    use Socket; use POSIX;
    my $s;
    socket($s, PF_INET, SOCK_STREAM, 0) && bind($s, pack_sockaddr_in(0, INADDR_LOOPBACK)) or die;
    listen($s, 512) or die;
    POSIX::dup2(fileno($s), 3) if fileno($s) != 3;
    fcntl($s, 2, 0) or die; # F_SETFD: stays open
    exec @ARGV;`;
  const start = `
    const { spawn } = require('node:child_process');
    const children = [];
    const start = () => {
      const child = spawn(process.execPath, process.argv.slice(1), { stdio: ['ignore', 1, 2, 3] });
      child.on('exit', (code) => console.log('exit ' + code));
      children.push(child);
    };
    process.stdin.on('data', start).on('end', () => {
      for (const child of children) child.kill();
      process.exit();
    });
    start();`;
  const program = [process.execPath, '-e', start, join(root, 'examples', file), ...args];
  const child = spawn(findProgram('perl'), ['-e', listen, ...program], {
    env: { ...process.env, ...env, LISTEN_FDS: '1' },
  });
  return follow(child, child.stdout, child.stderr);
}

async function portOf({ output }: Program): Promise<number> {
  await until(() => /listening.*?port'?"?: ?\d+/.test(output()), 'the program listens');
  return Number(/listening.*?port'?"?: ?(\d+)/.exec(output())![1]);
}

/** A client that goes on connecting, with the session that it was given last. */
class Visitor {
  full = 0;
  resumed = 0;
  failed: unknown[] = [];
  #session: Buffer | undefined;

  async visit(port: number): Promise<void> {
    try {
      const { resumed, sessions } = await connectTls(port, this.#session, {}, GET);
      this[resumed ? 'resumed' : 'full']++;
      this.#session = sessions.at(-1) ?? this.#session;
    } catch (error) {
      this.failed.push(error);
    }
  }
}

/** Visitors of a program, until they are told to end. */
class Load {
  readonly #visitors = Array.from({ length: 16 }, () => new Visitor());
  readonly #ended: Promise<unknown>;
  #isOver = false;

  constructor(port: number) {
    this.#ended = Promise.all(
      this.#visitors.map(async (visitor) => {
        while (!this.#isOver) await visitor.visit(port);
      }),
    );
  }

  #sum(kind: 'full' | 'resumed'): number {
    return this.#visitors.reduce((sum, visitor) => sum + visitor[kind], 0);
  }

  /** Waits for further visits that resume. */
  async more(what: string): Promise<void> {
    const before = this.#sum('resumed');
    await until(() => this.#sum('resumed') > before + 60, what);
  }

  stop(): void {
    this.#isOver = true;
  }

  /** Ends it: every visit but the first of each visitor has resumed, and none has failed. */
  async end(output: () => string): Promise<void> {
    this.stop();
    await this.#ended;
    const failed = this.#visitors.flatMap((visitor) => visitor.failed);
    assert.equal(failed, [], output());
    assert.is(this.#sum('full'), this.#visitors.length, 'only each first handshake is full');
    assert.ok(this.#sum('resumed') > 240);
  }
}

for (const version of VERSIONS) {
  test(`to a file at SIGTERM and from it at start, ${version}: every session resumes`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sesscache-restart-'));
    const path = join(folder, 'sessions');
    const env = { SESSION_KEY: randomBytes(32).toString('hex') };
    const visitors = Array.from({ length: 12 }, () => new Visitor());
    try {
      for (let run1 = 0; run1 < 3; run1++) {
        const program = run('warm-restart.js', [path, '0', version], env);
        const port = await portOf(program);
        assert.not.ok(existsSync(path), 'the file is deleted before the server listens');
        await Promise.all(visitors.map((visitor) => visitor.visit(port)));
        program.child.kill('SIGTERM');
        const [code] = (await once(program.child, 'exit')) as [number];
        assert.is(code, 0, program.output());
        assert.is(statSync(path).mode & 0o777, 0o600);
      }
      for (const { full, resumed, failed } of visitors) {
        assert.equal({ full, resumed, failed }, { full: 1, resumed: 2, failed: [] });
      }
      // What is no such file costs the sessions, not the start.
      writeFileSync(path, 'something else', { mode: 0o600 });
      const program = run('warm-restart.js', [path, '0', version], env);
      await portOf(program);
      assert.match(program.output(), /restored nothing: RestoreError: /);
      assert.not.ok(existsSync(path));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test(`over a unix socket under load, ${version}: all resume, no connection fails`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sesscache-restart-'));
    const path = join(folder, 'socket');
    const env = { SESSION_KEY: randomBytes(32).toString('hex') };
    const launcher = launch('socket-restart.js', [path, '0', version], env);
    const { output } = launcher;
    let load: Load | undefined;
    try {
      load = new Load(await portOf(launcher));
      const modes = [];
      for (let restart = 1; restart <= 3; restart++) {
        await load.more('some visits');
        modes.push(statSync(path).mode & 0o777);
        launcher.child.stdin!.write('start\n');
        const count = (what: RegExp): number => output().match(what)?.length ?? 0;
        await until(() => count(/listening/g) === restart + 1, `restart ${restart}: ${output()}`);
        await until(() => count(/exit 0/g) === restart, `the old process ends: ${output()}`);
        assert.is(count(/restored [1-9]\d* sessions/g), restart, output());
      }
      await load.more('visits of the last process');
      await load.end(output);
      assert.equal(modes, [0o600, 0o600, 0o600]);
    } finally {
      load?.stop();
      launcher.child.stdin!.end();
      await until(() => launcher.child.exitCode !== null, 'the launcher ends');
      rmSync(folder, { recursive: true });
    }
  });

  test(`a rolling restart under load, ${version}: all resume, no connection fails`, async () => {
    const { child, output } = run('rolling-restart.js', ['0', version]);
    const load = new Load(await portOf({ child, output }));
    for (let restart = 1; restart <= 3; restart++) {
      await load.more('some visits');
      child.kill('SIGHUP');
      const handed = (): number => output().match(/handed over [1-9]/g)?.length ?? 0;
      await until(() => handed() === restart, `restart ${restart}: ${output()}`);
    }
    await load.more('visits of the last process');
    await load.end(output);
  });
}

test.run();
