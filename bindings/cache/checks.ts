// Checks of what SessionCache's methods are given.

import { checkInteger, describe, describeOther } from '../checks.ts';
import { UNLIMITED } from './remove.ts';
import { Session } from '../session/session.ts';
import type { Role } from './types.ts';

export function checkSession(session: unknown): Session {
  if (session instanceof Session) return session;
  throw new TypeError(`"session" expected Session, got ${describeOther(session, Session)}`);
}

export function checkRole(role: unknown): Role {
  if (role === 'server' || role === 'client') return role;
  const expected = `"role" expected 'server' or 'client', got`;
  throw typeof role === 'string'
    ? new RangeError(`${expected} '${role}'`)
    : new TypeError(`${expected} ${describe(role)}`);
}

export function checkBudget(budget: number | undefined): number {
  return budget === undefined ? UNLIMITED : checkInteger(budget, 'budget', 1, UNLIMITED);
}
