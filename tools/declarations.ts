// Finishes the declarations of a built package. Relative imports name files that are in the package. CommonJS
// projects get declarations of their own (.d.cts), with the same code, since Node loads ES modules by require().
// Usage: node tools/declarations.ts packages/client/dist
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = ''] = process.argv.slice(2);
const paths = globSync('**/*.d.ts', { cwd: folder });
if (paths.length === 0) throw new Error(`there are no declarations in "${folder}"; build the package first`);

/** The text of a declaration with another ending in its relative imports. */
const importing = (text: string, ending: string) =>
  text.replace(/(\bfrom |\bimport\()(['"])(\.{1,2}\/[^'"]*)\.(?:ts|js)\2/g, `$1$2$3${ending}$2`);

for (const path of paths) {
  const text = readFileSync(join(folder, path), 'utf8');
  writeFileSync(join(folder, path), importing(text, '.js'));
  writeFileSync(join(folder, path.replace(/\.d\.ts$/, '.d.cts')), importing(text, '.cjs'));
}
