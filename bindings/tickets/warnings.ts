// Settings with which ticket keys are of less use than they look: said once, when they are found.

import type { TicketSettings } from './options.ts';
import type { TicketServer } from './server.ts';

/** Emits a process warning. */
export function warn(code: string, message: string): void {
  process.emitWarning(message, { type: 'SesscacheWarning', code });
}

/** Warns of a lifetime of sessions that their keys do not have. */
export function warnAbout(
  { sessionTimeout }: TicketServer,
  { period, keep }: TicketSettings,
): void {
  if (typeof sessionTimeout !== 'number' || sessionTimeout <= keep * period) return;
  warn(
    'SESSCACHE_TICKET_LIFETIME',
    `The server's \`sessionTimeout\` is ${sessionTimeout} s, but its ticket keys are accepted for ` +
      `${keep * period} s after their period. Set \`keep\` to ${Math.ceil(sessionTimeout / period)}.`,
  );
}

export function warnOfContext(): void {
  warn(
    'SESSCACHE_CONTEXT',
    'The server has no `sessionIdContext` of its own: Node makes one from the command line, and ' +
      'tickets resume only where that is the same. Set one for each service. ' +
      '(`server.setSecureContext` drops it; `attached.setSecureContext` keeps what it is not given.)',
  );
}

export function warnOfNames(): void {
  warn(
    'SESSCACHE_TICKET_NAMES',
    'The server asks for client certificates and has contexts for names (`addContext` or ' +
      '`SNICallback`), which may trust other clients. Node reads a ticket before it knows the name, so ' +
      'no ticket resumes. If all names have one policy, attach with `{ servernames: false }`.',
  );
}

export function warnOfFallback(): void {
  warn(
    'SESSCACHE_TICKET_CALLBACK',
    `This runtime (Node ${process.version}) has no ticket key callback, or another one than expected. ` +
      'Tickets are made with the present key by `setTicketKeys`, and resume only within its period.',
  );
}

export function warnOfNoTicket(): void {
  warn(
    'SESSCACHE_NO_TICKETS',
    'The new secure context of the server has SSL_OP_NO_TICKET, so its ticket keys are of no use.',
  );
}

export function warnOfTicketKeys(): void {
  warn(
    'SESSCACHE_TICKET_KEYS',
    'The new secure context of the server has `ticketKeys`, which are not used while a ring of ' +
      'keys is attached. Pass them to `setSecrets`, or detach.',
  );
}
