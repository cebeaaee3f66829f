/** One parameter of a query, as it was written. */
interface Parameter {
  readonly text: string;
  /** Its name as Graph reads it. */
  readonly name: string;
}

/** The parameters of a query or of a form. */
export function parametersIn(query: string): readonly Parameter[] {
  return query
    .split('&')
    .filter((text) => text !== '')
    .map((text) => ({ text, name: parameterName(decoded(text.split('=', 1)[0] ?? '')) }));
}

/** A query without the parameters of some names; every other byte stays as it came. */
export function withoutParameters(query: string, names: readonly string[]): string {
  const parameters = parametersIn(query);
  if (!parameters.some(({ name }) => names.includes(name))) return query;
  return parameters
    .filter(({ name }) => !names.includes(name))
    .map(({ text }) => text)
    .join('&');
}

/** A query with one more parameter, in the place of others of the same name. */
export function withParameter(query: string, name: string, value: string): string {
  const rest = withoutParameters(query, [name]);
  return `${rest}${rest === '' ? '' : '&'}${name}=${encodeURIComponent(value)}`;
}

/**
 * The name that Graph reads in a query or a form: as PHP does, without spaces in front and without brackets, with an underscore for
 * a dot or a space (PHP, "Variables from external sources").
 */
export function parameterName(written: string): string {
  return (written.trimStart().split(/[[\0]/, 1)[0] ?? '').replace(/[. ]/g, '_');
}

function decoded(text: string): string {
  return new URLSearchParams(`${text}=`).keys().next().value ?? '';
}
