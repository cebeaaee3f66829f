import { NativeSelect } from '@mantine/core';
import { notifyFailure } from '../ui/notify.ts';
import { rememberLanguage } from './chosen-language.ts';
import { type Language, languageCodes, languages } from './languages.ts';
import { language, showLanguage, t } from './messages.ts';

/** Shows the panel in another language, now and the next time in this browser. */
export function LanguageSelect() {
  const choose = (chosen: Language) => {
    rememberLanguage(chosen);
    showLanguage(chosen).catch(notifyFailure);
  };
  return (
    <NativeSelect
      size="xs"
      aria-label={t('language.label')}
      value={language()}
      onChange={(event) => choose(event.currentTarget.value as Language)}
      data={languageCodes.map((code) => ({ value: code, label: languages[code].name }))}
    />
  );
}
