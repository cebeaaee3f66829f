import { type TSchema, type TSchemaOptions, Type } from 'typebox';

/**
 * Turns off validation by schema, for routes of Meta's dialect. The order and the text of Graph's checks are part of the
 * contract, and no schema can express them. The schemas of these routes only describe them in `/openapi.json`.
 */
export const withoutValidation = { validatorCompiler: () => () => true } as const;

/** The security of a route that takes a key in a header, as `/openapi.json` states it. */
export const requiresKey = { security: [{ bearer: [] }, { apiKey: [] }] };

/** An object schema with this option refuses properties that it does not name. */
export const strict = { additionalProperties: false } as const;

export function nullable<Schema extends TSchema>(schema: Schema, options: TSchemaOptions = {}) {
  return Type.Union([schema, Type.Null()], options);
}

/** Text of 1 to 200 characters. */
export const shortText = Type.String({ minLength: 1, maxLength: 200 });

/** A time in an answer. */
export const timestamp = Type.String({ format: 'date-time' });

/** The parameters of a path that names a number. */
export const numberParams = Type.Object({ id: Type.String({ description: 'phone_number_id' }) });

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

export const errorResponses = { '4xx': errorSchema, '5xx': errorSchema };

/** The answer of a change that has nothing to show. */
export const success = Type.Object({ success: Type.Literal(true) });
