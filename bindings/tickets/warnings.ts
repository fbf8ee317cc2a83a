// Warns of settings that make ticket keys useless, or nearly so.

import { warn } from '../telemetry/warn.ts';
import type { TicketSettings } from './options.ts';
import type { TicketServer } from './server.ts';

/** Warns if sessions live longer than their ticket keys are accepted. */
export function warnAbout(
  { sessionTimeout }: TicketServer,
  { period, keep }: TicketSettings,
): void {
  if (typeof sessionTimeout !== 'number' || sessionTimeout <= keep * period) return;
  warn(
    'SESSCACHE_TICKET_LIFETIME',
    `The server's \`sessionTimeout\` is ${sessionTimeout} s, but its ticket keys are accepted for only ` +
      `${keep * period} s after their period, so older tickets mean a full handshake. Set \`keep\` to ` +
      `${Math.ceil(sessionTimeout / period)}, or a shorter \`sessionTimeout\`.`,
  );
}

export function warnOfContext(): void {
  warn(
    'SESSCACHE_CONTEXT',
    'The server has no `sessionIdContext` of its own. Node makes one from the command line, and ' +
      'tickets resume only on servers where it is the same. Set one for each service. ' +
      '(`server.setSecureContext` drops it; `attached.setSecureContext` keeps options that are not passed.)',
  );
}

export function warnOfNames(): void {
  warn(
    'SESSCACHE_TICKET_NAMES',
    'The server requests client certificates and has contexts for names (`addContext` or ' +
      '`SNICallback`), which may trust different clients. Node reads a ticket before it knows the name, ' +
      'so no ticket resumes, and every handshake is full. If all names have one policy, attach with ' +
      '`{ servernames: false }`; otherwise use the session cache (`attachServer`).',
  );
}

export function warnOfFallback(): void {
  warn(
    'SESSCACHE_TICKET_CALLBACK',
    `This runtime (Node ${process.version}) has no ticket key callback that this package can use. ` +
      'Tickets are made by `setTicketKeys` with the present key, and resume only within its period. ' +
      'Please report the release of Node.',
  );
}

export function warnOfNoTicket(): void {
  warn(
    'SESSCACHE_NO_TICKETS',
    'The new secure context of the server has SSL_OP_NO_TICKET, so the server issues no tickets and ' +
      'the ticket keys are not used. Leave the option out, or detach the ticket keys.',
  );
}

export function warnOfTicketKeys(): void {
  warn(
    'SESSCACHE_TICKET_KEYS',
    'The new secure context of the server has `ticketKeys`, which are not used: the attached ticket ' +
      'keys replace them. Leave the option out, or detach the ticket keys.',
  );
}
