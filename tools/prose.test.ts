// Shows what the prose linter finds: words, clauses as subjects and long sentences, in pages and in messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMessages } from './prose/check-messages.ts';
import { checkPage } from './prose/check-pages.ts';
import { checkSentence, checkWords } from './prose/check-sentence.ts';
import { vocabulary } from './prose/vocabulary.ts';

test('a word of the vocabulary is found, and the finding says what to write', () => {
  assert.deepEqual(checkWords('The fault strikes the next request.'), ['"strikes": write inject a fault']);
  assert.deepEqual(checkWords('The session is kept for ever.'), [
    '"for ever": write permanently, or without a limit',
  ]);
  assert.deepEqual(checkWords('The user is blocked permanently.'), []);
});

test('every advice of the vocabulary uses words that the vocabulary allows', () => {
  for (const [word, instead] of vocabulary) assert.deepEqual(checkWords(instead), [], String(word));
});

test('a clause as the subject is found, and a question is not', () => {
  assert.equal(checkSentence('Who is blocked already needs no standing block.').length, 1);
  assert.equal(checkSentence('What Meta tells is taken only with a signature.').length, 1);
  assert.deepEqual(checkSentence('Who can block a user?'), []);
  assert.deepEqual(checkSentence('A user who is blocked already needs no standing block.'), []);
});

test('a sentence of more than 40 words is found', () => {
  const words = (count: number) => `${Array.from({ length: count }, () => 'word').join(' ')}.`;
  assert.deepEqual(checkSentence(words(40)), []);
  assert.equal(checkSentence(words(41)).length, 1);
});

test('a page is read sentence by sentence, without code, addresses and tables', async () => {
  const page = [
    '# Who decides',
    '',
    'The first sentence is fine. Whoever reads the second one',
    'has to read it twice.',
    '',
    '- `for ever` is code, and [a link](for-ever.md) is an address.',
    '',
    '| A table | for ever |',
    '| --- | --- |',
    '| has no | sentences |',
    '',
    '```text',
    'struck',
    '```',
  ].join('\n');
  const findings = await checkPage(page, 'page.md');
  assert.deepEqual(
    findings.map(({ line }) => line),
    [3],
  );
});

test('messages of a source file are read, and comments are not', () => {
  const source = [
    "const message = 'The server hears about it at once.';",
    '// The server hears about it at once.',
    " * 'The server hears about it at once.'",
    "import './hears.ts';",
  ].join('\n');
  assert.deepEqual(
    checkMessages(source).map(({ line }) => line),
    [1],
  );
});
