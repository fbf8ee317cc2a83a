// Checks of the arguments of SessionCache's methods.

import { checkInteger, checkObject, checkOneOf, describeOther, wrongType } from '../checks.ts';
import { UNLIMITED } from './remove.ts';
import { Session } from '../session/session.ts';
import type { SessionOptions } from '../session/options.ts';
import type { Role } from './types.ts';

export function checkSession(session: unknown): Session {
  if (session instanceof Session) return session;
  wrongType('session', 'Session', session, describeOther(session, Session));
}

/**
 * Whether an argument is options of `new Session`, and not a session. Only sessions have a serial,
 * those of another copy of the package too. For `instanceof` V8 calls a built-in function, which
 * takes 25 ns.
 */
export function areOptions(session: Session | SessionOptions): session is SessionOptions {
  checkObject(session, 'session');
  return (session as Partial<Session>).serial === undefined;
}

export function checkRole(role: unknown): Role {
  return checkOneOf(role, 'role', ['server', 'client']);
}

export function checkBudget(budget: number | undefined): number {
  return budget === undefined ? UNLIMITED : checkInteger(budget, 'budget', 1, UNLIMITED);
}
