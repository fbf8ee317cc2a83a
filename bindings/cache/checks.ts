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

/** Checks the options of `new Session`; rejects a Session of another copy of the package. */
export function checkNew(options: SessionOptions): SessionOptions {
  checkObject(options, 'session');
  return 'serial' in options ? checkSession(options) : options;
}

export function checkRole(role: unknown): Role {
  return checkOneOf(role, 'role', ['server', 'client']);
}

export function checkBudget(budget: number | undefined): number {
  return budget === undefined ? UNLIMITED : checkInteger(budget, 'budget', 1, UNLIMITED);
}
