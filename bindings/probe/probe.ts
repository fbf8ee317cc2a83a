// What a server does with sessions, found out by handshakes.

import { lookup } from 'node:dns/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { peekSession } from '../asn1/peek.ts';
import type { ProbeOptions } from './arguments.ts';
import { type Handshake, handshake, type Version, wipe } from './handshake.ts';

/** Findings for one version of TLS. A field is undefined if an earlier step failed. */
export interface VersionFindings {
  version: Version;
  /** Whether there was a handshake; if not, `error` says why. */
  speaks: boolean;
  error?: string;
  /** How many sessions a full handshake gives. */
  given?: number;
  /**
   * What the server needs to resume: a ticket of its own making, or a session id that it looks up.
   */
  by?: 'ticket' | 'id';
  /** For how many seconds the server says that its session is good; undefined: it does not say. */
  lifetime?: number;
  /** Whether a session is resumed right away. */
  resumes?: boolean;
  /** How many sessions a resumed handshake gives. */
  renewed?: number;
  /** Whether one session is resumed twice. */
  twice?: boolean;
  /** Whether a session is resumed after the pause. */
  afterPause?: boolean;
  /** The addresses that were tried with a session of the first one, and those that resumed it. */
  across?: { tried: string[]; resumed: string[] };
}

export interface Findings {
  host: string;
  port: number;
  servername: string | undefined;
  starttls: string | undefined;
  addresses: string[];
  pause: number;
  versions: VersionFindings[];
}

const VERSIONS: readonly Version[] = ['TLSv1.2', 'TLSv1.3'];
/** Most addresses of a name that are tried. */
const ADDRESSES_MAX = 8;

/** @throws what a lookup of the name fails with. */
export async function probe(options: ProbeOptions): Promise<Findings> {
  const { host, port, servername, starttls, pause } = options;
  const found = await lookup(host, { all: true });
  const all = [...new Set(found.map(({ address }) => address))].slice(0, ADDRESSES_MAX);
  const { addresses, versions } = await probeFirst(options, all);
  return { host, port, servername, starttls, addresses, pause, versions };
}

/** Probes the first address that can be reached: those of IPv6 often cannot. */
async function probeFirst(
  options: ProbeOptions,
  all: readonly string[],
): Promise<{ addresses: string[]; versions: VersionFindings[] }> {
  const addresses = [...all];
  for (;;) {
    const versions = await Promise.all(
      VERSIONS.map((version) => probeVersion(options, addresses, version)),
    );
    const isReached = versions.some(
      ({ speaks, error }) => speaks || !UNREACHABLE.test(error ?? ''),
    );
    if (isReached || addresses.length === 1) return { addresses, versions };
    addresses.shift();
  }
}

const UNREACHABLE = /^E(CONNREFUSED|HOSTUNREACH|NETUNREACH|ADDRNOTAVAIL)/;

async function probeVersion(
  options: ProbeOptions,
  [first, ...others]: readonly string[],
  version: Version,
): Promise<VersionFindings> {
  const findings: VersionFindings = { version, speaks: false };
  const visit = (session?: Buffer, address = first!): Promise<Handshake> =>
    handshake(options, address, version, session);
  let full: Handshake;
  try {
    full = await visit();
  } catch (error) {
    findings.error = wordOf(error);
    return findings;
  }
  findings.speaks = true;
  findings.given = full.sessions.length;
  const [session] = full.sessions;
  if (session === undefined) {
    findings.resumes = false;
    return findings;
  }
  Object.assign(findings, describe(session));
  try {
    await tryAgain(findings, session, visit);
    if (findings.resumes) await tryLater(findings, options.pause, visit);
    if (findings.resumes && others.length > 0) await tryElsewhere(findings, others, visit);
  } catch (error) {
    findings.error = wordOf(error);
    findings.resumes ??= false; // the server breaks off where a session is offered
  } finally {
    wipe(full.sessions);
  }
  return findings;
}

function describe(session: Buffer): Pick<VersionFindings, 'by' | 'lifetime'> {
  const { hasTicket, ticketLifetimeHint } = peekSession(session);
  const lifetime = Number(ticketLifetimeHint ?? 0);
  return { by: hasTicket ? 'ticket' : 'id', ...(lifetime > 0 && { lifetime }) };
}

type Visit = (session?: Buffer, address?: string) => Promise<Handshake>;

/** Offers a session at once, and then a second time. */
async function tryAgain(findings: VersionFindings, session: Buffer, visit: Visit): Promise<void> {
  const second = await visit(session);
  findings.resumes = second.isResumed;
  wipe(second.sessions);
  if (!second.isResumed) return;
  findings.renewed = second.sessions.length;
  const third = await visit(session);
  findings.twice = third.isResumed;
  wipe(third.sessions);
}

/** Offers a session that has not been offered yet, after the pause. */
async function tryLater(findings: VersionFindings, pause: number, visit: Visit): Promise<void> {
  const { sessions } = await visit();
  await sleep(pause * 1000);
  const later = await visit(sessions[0]);
  findings.afterPause = later.isResumed;
  wipe([...sessions, ...later.sessions]);
}

/** Offers a session of the first address at each of the others. */
async function tryElsewhere(
  findings: VersionFindings,
  others: readonly string[],
  visit: Visit,
): Promise<void> {
  const across: { tried: string[]; resumed: string[] } = { tried: [], resumed: [] };
  for (const address of others) {
    const { sessions } = await visit();
    try {
      const there = await visit(sessions[0], address);
      across.tried.push(address);
      if (there.isResumed) across.resumed.push(address);
      wipe(there.sessions);
    } catch (error) {
      if (!UNREACHABLE.test(wordOf(error))) throw error;
    } finally {
      wipe(sessions);
    }
  }
  if (across.tried.length > 0) findings.across = across;
}

/** The code or the message of an error of Node or OpenSSL, without further details. */
function wordOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}
