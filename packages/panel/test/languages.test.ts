// Shows which language and which locale a reader gets, and that every catalog has every text.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { MessageFormatElement } from '@formatjs/icu-messageformat-parser';
import { TYPE } from '@formatjs/icu-messageformat-parser';
import { typesPath, typesText, valuesIn } from '../../../tools/message-types.ts';
import { catalogLanguages, compileCatalog, parseMessage, readCatalog } from '../build/catalogs.ts';
import { readTemplates } from '../build/rule-templates.ts';
import { chooseLanguage, formatLocale, languageCodes } from '../src/i18n/languages.ts';
import { applyCatalog, type Catalog, t } from '../src/i18n/messages.ts';

const english = readCatalog('en');

test('the panel has the first language of the browser that it knows, and English otherwise', () => {
  assert.equal(chooseLanguage(['fr-FR', 'pt-PT', 'en']), 'pt-BR');
  assert.equal(chooseLanguage(['de-AT']), 'de');
  assert.equal(chooseLanguage(['in']), 'id');
  assert.equal(chooseLanguage(['fr', 'ja']), 'en');
  assert.equal(chooseLanguage([]), 'en');
});

test('dates and numbers are written as in the region of the reader, where it belongs to the language that is shown', () => {
  assert.equal(formatLocale('en', ['en-IN', 'hi-IN']), 'en-IN');
  assert.equal(formatLocale('hi', ['en-IN', 'hi-IN']), 'hi-IN');
  assert.equal(formatLocale('de', ['en-IN']), 'de');
  assert.equal(formatLocale('en', ['en_broken tag', 'en-GB']), 'en-GB');
});

test('there is a catalog for every language, and no other', () => {
  assert.deepEqual([...catalogLanguages()].sort(), [...languageCodes].sort());
});

for (const code of languageCodes.filter((one) => one !== 'en')) {
  const texts = readCatalog(code);

  test(`${code}: every text is there, and none that English does not have`, () => {
    assert.deepEqual(Object.keys(texts), Object.keys(english));
    for (const [id, text] of Object.entries(texts)) assert.notEqual(text.trim(), '', id);
  });

  test(`${code}: each text takes the values of the English one, and has every plural form`, () => {
    for (const [id, text] of Object.entries(texts)) {
      const values = (message: string) => [...valuesIn(parseMessage(message)).keys()].sort();
      assert.deepEqual(values(text), values(english[id] ?? ''), id);
      for (const forms of pluralsIn(parseMessage(text)))
        assert.deepEqual(
          forms.filter((form) => !form.startsWith('=')).sort(),
          [...new Intl.PluralRules(code).resolvedOptions().pluralCategories].sort(),
          id,
        );
    }
  });
}

/** Texts that are the same in other languages: names, and words that the languages have taken over. */
const maySayTheSame = new Set(['product', 'numbers.platform.cloud']);

test('no catalog leaves many texts in English', () => {
  const sentences = Object.entries(english).filter(
    ([id, text]) => /\w+ \w+ \w+/.test(text) && !maySayTheSame.has(id),
  );
  for (const code of languageCodes.filter((one) => one !== 'en')) {
    const texts = readCatalog(code);
    const untranslated = sentences.filter(([id, text]) => texts[id] === text).map(([id]) => id);
    assert.deepEqual(untranslated, [], code);
  }
});

test('plural forms follow the language, and numbers the locale', () => {
  const say = (code: (typeof languageCodes)[number], count: number, wanted: readonly string[] = []) => {
    applyCatalog(code, compileCatalog(code) as Catalog, wanted);
    return t('block.entries.good', { count });
  };
  assert.equal(say('en', 1), '1 user');
  assert.equal(say('en', 1234567, ['en-IN']), '12,34,567 users');
  assert.match(say('de', 1234), /^1\.234 /);
  const russian = [1, 2, 5, 21].map((count) => say('ru', count).replace(/^\d+\s/, ''));
  assert.equal(new Set(russian).size, 3, 'one, few and many');
  assert.equal(russian[0], russian[3], '21 is written like 1');
});

test('the types of the texts are up to date: npm run messages writes them', () => {
  assert.equal(readFileSync(typesPath, 'utf8'), typesText());
});

test('the panel has words for every ready-made rule', () => {
  const names = Object.entries(english).flatMap(([id, text]) =>
    /^rules\.readyMade\.\w+\.name$/.test(id) ? [text] : [],
  );
  assert.deepEqual(
    names.sort(),
    readTemplates()
      .map(({ name }) => name)
      .sort(),
  );
});

function pluralsIn(parts: readonly MessageFormatElement[]): readonly string[][] {
  return parts.flatMap((part) => {
    if (part.type !== TYPE.plural && part.type !== TYPE.select) return [];
    const own = part.type === TYPE.plural ? [Object.keys(part.options)] : [];
    return [...own, ...Object.values(part.options).flatMap(({ value }) => pluralsIn(value))];
  });
}
