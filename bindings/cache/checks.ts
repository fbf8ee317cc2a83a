// Checks of what SessionCache's methods are given.

import { checkInteger, checkOneOf, describeOther } from '../checks.ts';
import { UNLIMITED } from './remove.ts';
import { Session } from '../session/session.ts';
import type { Role } from './types.ts';

export function checkSession(session: unknown): Session {
  if (session instanceof Session) return session;
  throw new TypeError(`"session" expected Session, got ${describeOther(session, Session)}`);
}

export function checkRole(role: unknown): Role {
  return checkOneOf(role, 'role', ['server', 'client']);
}

export function checkBudget(budget: number | undefined): number {
  return budget === undefined ? UNLIMITED : checkInteger(budget, 'budget', 1, UNLIMITED);
}
