export * from './catalogue.ts';
export * from './phone-variants.ts';
export * from './platform-problems.ts';
export * from './types.ts';
export * from './verdicts.ts';
