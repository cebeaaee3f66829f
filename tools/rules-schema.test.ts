// Shows that the published JSON Schema of rules files is the one of the server, and that the ready-made rules match it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Value } from 'typebox/value';
import { parse } from 'yaml';
import { rulesFile } from '../packages/server/src/http/admin/auto-block/rule-schemas.ts';
import { schemaPath, schemaText } from './rules-schema.ts';

const example = new URL('../examples/auto-block-rules.yaml', import.meta.url);

test('the schema of rules files is up to date: npm run schema writes it', () => {
  assert.equal(readFileSync(schemaPath, 'utf8'), schemaText);
});

test('the ready-made rules match the schema, and a misspelled condition does not', () => {
  const text = readFileSync(example, 'utf8');
  assert.deepEqual([...Value.Errors(rulesFile, parse(text))], []);
  assert.ok(Value.Errors(rulesFile, parse(text.replace('sender: new', 'sendr: new'))).length > 0);
});
