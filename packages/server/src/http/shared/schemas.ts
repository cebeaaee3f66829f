import { Type } from 'typebox';

/**
 * What `/openapi.json` says of Meta's dialect. The checks themselves are Graph's: their order and their words are part
 * of the contract and cannot come out of a schema, so validation is off for these routes.
 */
export const unchecked = { validatorCompiler: () => () => true } as const;

/** The error of every answer with a status of 400 or more. */
export const errorSchema = Type.Object({
  error: Type.Object({
    message: Type.String(),
    type: Type.String(),
    code: Type.Integer(),
    error_subcode: Type.Optional(Type.Integer()),
    error_data: Type.Optional(
      Type.Object({ messaging_product: Type.Optional(Type.Literal('whatsapp')), details: Type.String() }),
    ),
    is_transient: Type.Optional(Type.Boolean()),
    fbtrace_id: Type.String(),
  }),
});

/** What every route of our own API says of itself in `/openapi.json`. */
export const ownApi = { security: [{ bearer: [] }, { apiKey: [] }] };

export const faults = { '4xx': errorSchema, '5xx': errorSchema };

/** Request bodies are refused when they hold a field that is not known. */
export const closed = { additionalProperties: false } as const;

export const success = Type.Object({ success: Type.Literal(true) });

/** A text that is not empty and not absurdly long. */
export const name = Type.String({ minLength: 1, maxLength: 200 });
