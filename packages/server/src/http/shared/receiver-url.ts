import { readTarget } from '../../outbound/target-policy.ts';
import { invalid } from './errors.ts';

/** Reads where webhooks shall go, as a client has written it. */
export function readReceiverUrl(parameter: string, text: string): string {
  try {
    return readTarget(text).href;
  } catch (error) {
    throw invalid(`Param ${parameter}: ${(error as Error).message}.`);
  }
}
