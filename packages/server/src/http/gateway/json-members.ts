/** One member of an object, as it is written. */
export interface Member {
  readonly text: string;
  readonly name: string;
  /** The text of a string; anything else as it is written. */
  readonly value: string;
}

/** An object as it is written: what stands before its members, and behind them. */
export interface WrittenObject {
  readonly before: string;
  readonly members: readonly Member[];
  readonly after: string;
}

/**
 * The members of an object in JSON, in their order; a name may come twice.
 * @param json is valid JSON.
 * @returns null when it is no object.
 */
export function readMembers(json: string): WrittenObject | null {
  const start = json.search(/\S/);
  if (json[start] !== '{') return null;
  const members: Member[] = [];
  let from = start + 1;
  let colon = -1;
  let depth = 0;
  for (let at = start; at < json.length; at++) {
    const sign = json[at];
    if (sign === '"') at = endOfString(json, at);
    else if (sign === '{' || sign === '[') depth++;
    else if (sign === ':' && depth === 1 && colon < 0) colon = at;
    else if (sign === '}' || sign === ']') depth--;
    const isEnd = depth === 0 || (depth === 1 && sign === ',');
    if (!isEnd) continue;
    if (colon >= 0) members.push(memberOf(json, { from, colon, to: at }));
    if (depth === 0) return { before: json.slice(0, start + 1), members, after: json.slice(at) };
    from = at + 1;
    colon = -1;
  }
  return null;
}

/** The object without its members of some names; every other byte stays, so that numbers and escapes remain what they are. */
export function withoutMembers({ before, members, after }: WrittenObject, names: readonly string[]): string {
  const kept = members.filter(({ name }) => !names.includes(name));
  return before + kept.map(({ text }) => text).join(',') + after;
}

function memberOf(
  json: string,
  { from, colon, to }: { readonly from: number; readonly colon: number; readonly to: number },
): Member {
  const value = json.slice(colon + 1, to).trim();
  return {
    text: json.slice(from, to),
    name: JSON.parse(json.slice(from, colon)),
    value: value.startsWith('"') ? JSON.parse(value) : value,
  };
}

/** Where a string ends that begins at a quote. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at;
}
