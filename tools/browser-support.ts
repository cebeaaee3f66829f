/** The oldest browsers that the SDK and the panel run in. Edge counts as Chrome; on iOS every browser is Safari. */
export const supported = { chrome: '120', firefox: '124', safari: '17.4' } as const;

/** Something that the oldest supported browsers lack. */
interface Newer {
  readonly name: string;
  /** How a source uses it. */
  readonly use: RegExp;
  /** Since when; null: not at all. */
  readonly since: {
    readonly chrome: string | null;
    readonly firefox: string | null;
    readonly safari: string | null;
  };
  /** Its name in a page, so that a test can remove it from the browser. */
  readonly remove?: readonly string[];
}

const iteratorHelpers = [
  'map',
  'filter',
  'take',
  'drop',
  'flatMap',
  'reduce',
  'toArray',
  'forEach',
  'some',
  'every',
  'find',
];
const setMethods = [
  'union',
  'intersection',
  'difference',
  'symmetricDifference',
  'isSubsetOf',
  'isSupersetOf',
  'isDisjointFrom',
];
const iteratorPrototype = 'Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()))';

/** Features that sources for browsers may not use. Versions: MDN's browser compatibility data. */
export const newer: readonly Newer[] = [
  {
    name: 'async iteration of a ReadableStream',
    use: /for await \([^)]*\bof\b[^)]*\b(?:body|stream|readable)\b|ReadableStream\.from|\.body(?:\?\.|\.)?\[Symbol\.asyncIterator\]/,
    since: { chrome: '124', firefox: '110', safari: null },
    remove: [
      'ReadableStream.prototype[Symbol.asyncIterator]',
      'ReadableStream.prototype.values',
      'ReadableStream.from',
    ],
  },
  {
    name: 'iterator helpers',
    use: new RegExp(
      `(?<!Object)\\.(?:values|keys|entries|matchAll)\\([^()]*\\)\\s*\\.(?:${iteratorHelpers.join('|')})\\(|\\bIterator\\.(?:from|concat|prototype)`,
    ),
    since: { chrome: '122', firefox: '131', safari: '18.4' },
    remove: [...iteratorHelpers.map((name) => `${iteratorPrototype}.${name}`), 'globalThis.Iterator'],
  },
  {
    name: 'methods of Set',
    use: new RegExp(`\\.(?:${setMethods.join('|')})\\(`),
    since: { chrome: '122', firefox: '127', safari: '17' },
    remove: setMethods.map((name) => `Set.prototype.${name}`),
  },
  {
    name: 'Array.fromAsync',
    use: /Array\.fromAsync/,
    since: { chrome: '121', firefox: '115', safari: '16.4' },
    remove: ['Array.fromAsync'],
  },
  {
    name: 'URL.parse',
    use: /\bURL\.parse\(/,
    since: { chrome: '126', firefox: '126', safari: '18' },
    remove: ['URL.parse'],
  },
  {
    name: 'Promise.try',
    use: /Promise\.try\(/,
    since: { chrome: '128', firefox: '134', safari: '18.2' },
    remove: ['Promise.try'],
  },
  {
    name: 'RegExp.escape',
    use: /RegExp\.escape\(/,
    since: { chrome: '136', firefox: '134', safari: '18.2' },
    remove: ['RegExp.escape'],
  },
  {
    name: 'modifiers in a regular expression',
    use: /\(\?[ims]+(?:-[ims]+)?:/,
    since: { chrome: '125', firefox: '132', safari: null },
  },
  {
    name: 'base64 and hex of Uint8Array',
    use: /\.(?:fromBase64|toBase64|fromHex|toHex|setFromBase64|setFromHex)\(/,
    since: { chrome: '140', firefox: '133', safari: '18.2' },
    remove: [
      'Uint8Array.fromBase64',
      'Uint8Array.fromHex',
      'Uint8Array.prototype.toBase64',
      'Uint8Array.prototype.toHex',
    ],
  },
  {
    name: 'bytes() of a body or Blob',
    use: /\.bytes\(\)/,
    since: { chrome: '132', firefox: '128', safari: '18' },
    remove: ['Response.prototype.bytes', 'Request.prototype.bytes', 'Blob.prototype.bytes'],
  },
  {
    name: 'explicit resource management',
    use: /^\s*(?:await )?using \w+ =|Symbol\.(?:asyncD|d)ispose|DisposableStack/m,
    since: { chrome: '134', firefox: '141', safari: null },
    remove: ['globalThis.DisposableStack', 'globalThis.AsyncDisposableStack'],
  },
  {
    name: 'Error.isError',
    use: /Error\.isError\(/,
    since: { chrome: '134', firefox: '138', safari: '26' },
    remove: ['Error.isError'],
  },
  {
    name: 'getOrInsert of Map',
    use: /\.getOrInsert(?:Computed)?\(/,
    since: { chrome: '145', firefox: '144', safari: '26.2' },
    remove: ['Map.prototype.getOrInsert', 'Map.prototype.getOrInsertComputed'],
  },
  {
    name: 'Math.sumPrecise and 16-bit floats',
    use: /Math\.(?:sumPrecise|f16round)|Float16Array/,
    since: { chrome: '147', firefox: '137', safari: '26.2' },
    remove: ['Math.sumPrecise', 'Math.f16round', 'globalThis.Float16Array'],
  },
  {
    name: 'Intl.DurationFormat',
    use: /Intl\.DurationFormat/,
    since: { chrome: '129', firefox: '136', safari: '16.4' },
    remove: ['Intl.DurationFormat'],
  },
  {
    name: 'Temporal',
    use: /\bTemporal\./,
    since: { chrome: '144', firefox: '139', safari: null },
    remove: ['globalThis.Temporal'],
  },
  {
    name: 'idle callbacks and the scheduler',
    use: /requestIdleCallback|\bscheduler\.(?:postTask|yield)/,
    since: { chrome: '129', firefox: '142', safari: null },
    remove: ['globalThis.requestIdleCallback', 'globalThis.cancelIdleCallback', 'globalThis.scheduler'],
  },
  {
    name: 'the navigation API and view transitions',
    use: /\bnavigation\.navigate|startViewTransition/,
    since: { chrome: '111', firefox: '144', safari: '26.2' },
    remove: ['globalThis.navigation', 'Document.prototype.startViewTransition'],
  },
  {
    // Chrome and Firefox have it, but over plain http no browser has.
    name: 'crypto.randomUUID over http',
    use: /(?<!Not `?)crypto\.randomUUID\(/,
    since: { chrome: null, firefox: null, safari: null },
    remove: ['Crypto.prototype.randomUUID'],
  },
];

/** Features that style sheets may not use. */
export const newerInCss: readonly Omit<Newer, 'remove'>[] = [
  { name: 'light-dark()', use: /light-dark\(/, since: { chrome: '123', firefox: '120', safari: '17.5' } },
  {
    name: '@starting-style',
    use: /@starting-style/,
    since: { chrome: '117', firefox: '129', safari: '17.5' },
  },
  { name: '@property', use: /@property/, since: { chrome: '85', firefox: '128', safari: '16.4' } },
  { name: '@scope', use: /@scope/, since: { chrome: '118', firefox: '146', safari: '17.4' } },
  { name: 'field-sizing', use: /field-sizing/, since: { chrome: '123', firefox: null, safari: '26.2' } },
  {
    name: 'anchor positioning',
    use: /anchor-name|position-anchor|anchor\(|position-area/,
    since: { chrome: '125', firefox: '147', safari: '26' },
  },
  {
    name: 'interpolate-size',
    use: /interpolate-size|calc-size\(/,
    since: { chrome: '129', firefox: null, safari: null },
  },
  {
    name: 'scrollbar-color',
    use: /scrollbar-(?:color|gutter)/,
    since: { chrome: '121', firefox: '97', safari: '26.2' },
  },
];

/** A script that takes from a page what the oldest supported browsers lack. */
export const asOldestBrowser = newer
  .flatMap(({ remove = [] }) => remove)
  .map((path) => `try { delete ${path}; } catch {}`)
  .join('\n');
