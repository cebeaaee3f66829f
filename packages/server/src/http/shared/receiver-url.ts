import { readTarget } from '../../outbound/target-policy.ts';
import { invalid } from './errors.ts';

/** Reads the URL of a receiver or platform. @throws RequestError */
export function readReceiverUrl(parameter: string, text: string): string {
  try {
    return readTarget(text).href;
  } catch (error) {
    throw invalid(`Param ${parameter}: ${(error as Error).message}.`);
  }
}
