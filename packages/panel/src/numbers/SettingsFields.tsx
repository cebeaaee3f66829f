import { PasswordInput, TextInput } from '@mantine/core';
import { t } from '../i18n/messages.ts';

/** Settings of a number, by the name of their texts. */
export type FieldName = 'phone' | 'name' | 'id' | 'waba' | 'token' | 'appSecret' | 'verifyToken';

export type Fields = { readonly [Name in FieldName]?: string };

/** Nobody reads these over a shoulder, and no browser offers to keep them as somebody's password. */
const secrets: readonly FieldName[] = ['token', 'appSecret', 'verifyToken'];

/** The fields of a number's settings, each with where to find what belongs in it. */
export function SettingsFields({
  names,
  fields,
  onChange,
  errors,
}: {
  names: readonly FieldName[];
  fields: Fields;
  onChange: (changes: Fields) => void;
  /** The fields that have to be filled in. */
  errors: readonly FieldName[];
}) {
  return names.map((name) => {
    const props = {
      label: t(`setup.${name}`),
      description: t(`setup.${name}Hint`),
      value: fields[name] ?? '',
      error: errors.includes(name) && t('setup.missing'),
    };
    if (secrets.includes(name))
      return (
        <PasswordInput
          key={name}
          {...props}
          autoComplete="new-password"
          onChange={(event) => onChange({ [name]: event.currentTarget.value })}
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
        />
      );
    return (
      <TextInput
        key={name}
        {...props}
        {...(name === 'phone' && { type: 'tel' })}
        {...((name === 'id' || name === 'waba') && { inputMode: 'numeric' as const })}
        onChange={(event) => onChange({ [name]: event.currentTarget.value })}
      />
    );
  });
}
