import type { Scenario } from '../scenario.ts';
import { blocking } from './blocking.ts';
import { listing } from './listing.ts';
import { orderOfChecks } from './order-of-checks.ts';
import { sending } from './sending.ts';
import { userIdScenarios } from './user-ids.ts';

export const scenarios: readonly Scenario[] = [
  ...blocking,
  ...userIdScenarios,
  ...listing,
  ...sending,
  ...orderOfChecks,
];
