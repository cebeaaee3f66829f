// Writes the JSON Schema of files with auto-block rules, from the schema that the server checks requests with.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rulesFile } from '../packages/server/src/http/admin/auto-block/rule-schemas.ts';

export const schemaPath = fileURLToPath(new URL('../examples/auto-block-rules.schema.json', import.meta.url));

export const schemaText = `${JSON.stringify(
  {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Auto-block rules of Blockhouse',
    ...rulesFile,
  },
  null,
  2,
)}\n`;

if (import.meta.main) writeFileSync(schemaPath, schemaText);
