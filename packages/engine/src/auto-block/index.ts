export * from './check.ts';
export * from './compile.ts';
export * from './judge.ts';
export * from './message.ts';
export * from './message-judge.ts';
export * from './rules.ts';
