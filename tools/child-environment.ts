/**
 * The environment of a program that a test starts: the path, and where Node.js keeps compiled code during a run of the suite.
 * Nothing else of the test's own environment reaches the program.
 */
export function childEnvironment(more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const kept = ['PATH', 'NODE_COMPILE_CACHE'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(kept), ...more };
}
