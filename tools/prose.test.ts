// Shows what the prose linter finds: words, clauses as subjects and long sentences, in pages and in messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkComments } from './prose/check-comments.ts';
import { checkMessages } from './prose/check-messages.ts';
import { checkPage } from './prose/check-pages.ts';
import { checkSentence, checkWords } from './prose/check-sentence.ts';
import { vocabulary } from './prose/vocabulary.ts';

/** A sentence with each word of the vocabulary, in its order. */
const samples = [
  'The behaviour changes.',
  'The server normalises the number.',
  'Analyse the log.',
  'The centre of the page is empty.',
  'It is a defence against loops.',
  'Requests that fulfil the condition pass.',
  'The tick is grey.',
  'It is a judgement.',
  'The licence is MIT.',
  'The request was cancelled.',
  'The number is spelt otherwise.',
  'Wait whilst the server starts.',
  'The clock moves towards the expiry.',
  'The user is blacklisted.',
  'The address is on a whitelist.',
  'The fault strikes the next request.',
  'The request waits patiently.',
  'Each number has its own lane.',
  'The ID is a stand-in.',
  'The token is sealed.',
  'The request failed, as a fault ordered.',
  'The path names no medium.',
  'The number lives at Meta.',
  'The server sheds load.',
  'The number is unwell.',
  'It handles a thousand million messages.',
  'Say it anew.',
  'The key ends at once.',
  'Nobody is blocked by chance.',
  'The session is kept for ever.',
  'The user is blocked for good.',
  'The request in hand is finished.',
  'Restart in order to apply it.',
  'A note of old remains.',
  'Set the token prior to the start.',
  'You order what shall fail.',
  'The secret is thereby lost.',
  'Simply restart the server.',
  'Use a filter, e.g. a note.',
  'It is refused, i.e. not stored.',
  'It has names, notes, etc. in one list.',
  'The key allows to block users.',
  'The page shows what became of them.',
  'The answer breaks off.',
  'The block comes of a standing block.',
  'The window goes by the clock.',
  'The work goes on.',
  'The program hands in messages.',
  'The client hangs up.',
  'The business hears nothing.',
  'The message is kept back.',
  'The caller knows nothing of the cause.',
  'The reason lies in the body.',
  'A worker looks after each number.',
  'The users of whom nothing is known come last.',
  'Only who wrote to you can be blocked.',
  'The user was so already.',
  'The answer speaks of all users.',
  'Groups are not spoken here.',
  'The reason stands in the body.',
  'Faults are taken back.',
  'The list tells the truth.',
  'Its time was over.',
  'The reset wants an admin.',
];

test('each word of the vocabulary is found, and the finding says what to write', () => {
  assert.deepEqual(
    samples.map((sample) => vocabulary.findIndex(([word]) => word.test(sample))),
    vocabulary.map((_, index) => index),
  );
  assert.deepEqual(checkWords('The session is kept for ever.'), [
    '"for ever": write permanently, or without a limit',
  ]);
  assert.deepEqual(checkWords('The user is blocked permanently.'), []);
});

test('every advice of the vocabulary uses words that the vocabulary allows', () => {
  for (const [word, instead] of vocabulary) assert.deepEqual(checkWords(instead), [], String(word));
});

test('a clause as the subject is found; a question and a label are not', () => {
  assert.equal(checkSentence('Who is blocked already needs no standing block.').length, 1);
  assert.equal(checkSentence('What Meta answers is stored only with a signature.').length, 1);
  assert.deepEqual(checkSentence('Who can block a user?'), []);
  assert.deepEqual(checkSentence('What to do'), []);
  assert.deepEqual(checkSentence('A user who is blocked already needs no standing block.'), []);
});

test('a sentence of more than 35 words is found', () => {
  const words = (count: number) => `${Array.from({ length: count }, () => 'word').join(' ')}.`;
  assert.deepEqual(checkSentence(words(35)), []);
  assert.equal(checkSentence(words(36)).length, 1);
});

test('a page is read sentence by sentence, with headings and tables, and without code and addresses', async () => {
  const page = [
    '# Who decides',
    '',
    '## Kept for ever',
    '',
    'The first sentence is fine. The second one is fine, too.',
    'Whoever reads the third one has to read it twice.',
    '**Bold words are one.** What follows is another.',
    '',
    '- `for ever` is code, and [a link](for-ever.md) is an address.',
    '- [What became of them](#kept-for-ever)',
    '',
    '| A table | What it holds |',
    '| --- | --- |',
    '| has sentences | This one is kept for ever. |',
    '',
    '```text',
    'struck',
    '```',
  ].join('\n');
  const findings = await checkPage(page, 'page.md');
  assert.deepEqual(
    findings.map(({ line }) => line),
    [3, 6, 7, 14],
  );
});

test('messages of a source file are read; comments, statements of SQL and short texts are not', () => {
  const source = [
    "const message = 'The server hears about it.';",
    '// The server hears about it.',
    '/** The server hears about it:',
    "  * 'the server hears about it' */",
    "import './hears.ts';",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a template of the source that is read.
    'const long = `The list has ${count} rows.',
    '  The user is told of it.`;',
    "const statement = 'select heard from rows where patience = 1';",
    `const quoted = "It's the user's list. Who is on it is blocked.";`,
  ].join('\n');
  assert.deepEqual(
    checkMessages(source).map(({ line }) => line),
    [1, 6, 9],
  );
});

test('comments of a source file are read, with the line on which they begin; texts and code in comments are not', () => {
  const source = [
    '// The server hears about it, and sends',
    '// it on. Whoever reads this reads it twice.',
    "const message = 'The server hears about it.';",
    '  /**',
    '   * The server receives it.',
    '   * @param text heard by nobody.',
    '   * - `for ever` is code.',
    '   */',
    "const url = 'https://example.com/heard';",
  ].join('\n');
  assert.deepEqual(
    checkComments(source).map(({ line }) => line),
    [1, 1, 4],
  );
});
