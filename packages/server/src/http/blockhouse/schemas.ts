import { Type } from 'typebox';
import { errorSchema } from '../graph/schemas.ts';

/** What every route of our own API says of itself in `/openapi.json`. */
export const ours = { security: [{ bearer: [] }, { apiKey: [] }] };

export const faults = { '4xx': errorSchema, '5xx': errorSchema };

/** Request bodies are refused when they hold a field that is not known. */
export const strict = { additionalProperties: false } as const;

export const success = Type.Object({ success: Type.Literal(true) });

/** A text that is not empty and not absurdly long. */
export const name = Type.String({ minLength: 1, maxLength: 200 });
