// Servers that are programs of the system: started, awaited, and stopped with all their children.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../support/commands.ts';
import { freePort } from '../../support/ports.js';

const PATIENCE = 10_000; // ms, for a start or a stop
const STARTS = 5;

/** A program that listens. */
export interface Program {
  port: number;
  /** What it wrote to both outputs so far. */
  output(): string;
  /** Ends it and its children; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts `name` on a free port of the loopback interface. The port is found first and may be lost
 * to another process before the program binds it; then it tries another port.
 */
export async function startProgram(
  name: string,
  argumentsFor: (port: number) => string[],
): Promise<Program> {
  const path = findProgram(name);
  let output = '';
  for (let start = 0; start < STARTS; start++) {
    const port = await freePort();
    const child = spawn(path, argumentsFor(port), {
      detached: true, // a process group of its own, to end what it forks
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    }
    if (await listens(child, port)) {
      return { port, output: () => output, stop: () => stopProgram(child) };
    }
    await stopProgram(child);
  }
  throw new Error(`${name} did not start: ${output}`);
}

/** Whether the port takes connections before the child ends. */
async function listens(child: ChildProcess, port: number): Promise<boolean> {
  const deadline = Date.now() + PATIENCE;
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadline) {
    if (await canConnect(port)) return child.exitCode === null;
    await sleep(20);
  }
  return false;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

async function stopProgram(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return; // could not be started
  const ended =
    child.exitCode !== null || child.signalCode !== null ? undefined : once(child, 'exit');
  endGroup(child.pid, 'SIGTERM');
  const timer = setTimeout(() => endGroup(child.pid as number, 'SIGKILL'), PATIENCE);
  await ended;
  clearTimeout(timer);
}

function endGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // all of it is gone
  }
}
