export * from './catalogue.ts';
export * from './types.ts';
export * from './verdicts.ts';
