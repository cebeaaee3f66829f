/** One parameter of a query. */
interface Parameter {
  /** The parameter as the client wrote it. */
  readonly text: string;
  /** Its name, as the Graph API reads it. */
  readonly name: string;
}

/** The parameters of a query or of a form. */
export function parametersIn(query: string): readonly Parameter[] {
  return query
    .split('&')
    .filter((text) => text !== '')
    .map((text) => ({ text, name: parameterName(decoded(text.split('=', 1)[0] ?? '')) }));
}

/** Removes the parameters with some names from a query, and leaves every other byte unchanged. */
export function withoutParameters(query: string, names: readonly string[]): string {
  const parameters = parametersIn(query);
  if (!parameters.some(({ name }) => names.includes(name))) return query;
  return parameters
    .filter(({ name }) => !names.includes(name))
    .map(({ text }) => text)
    .join('&');
}

/** Adds a parameter to a query, and removes others with the same name. */
export function withParameter(query: string, name: string, value: string): string {
  const rest = withoutParameters(query, [name]);
  return `${rest}${rest === '' ? '' : '&'}${name}=${encodeURIComponent(value)}`;
}

/**
 * The name of a parameter as the Graph API reads it. Like PHP, it removes leading spaces and everything from
 * a bracket on, and replaces dots and spaces with underscores (PHP manual, "Variables from external
 * sources").
 */
export function parameterName(written: string): string {
  return (written.trimStart().split(/[[\0]/, 1)[0] ?? '').replace(/[. ]/g, '_');
}

function decoded(text: string): string {
  return new URLSearchParams(`${text}=`).keys().next().value ?? '';
}
