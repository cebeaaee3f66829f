import { Button, Group, Stack, Textarea } from '@mantine/core';
import { useState } from 'react';
import { t } from '../i18n/messages.ts';
import { usedReasons } from './reasons.ts';

/** Reasons that are offered below the field. */
const shownMax = 4;

/** Why somebody is blocked: typed, or one of the reasons that were used before. */
export function ReasonInput({
  value,
  onChange,
  hint = t('block.noteHint'),
  isFirst = true,
}: {
  value: string;
  onChange: (value: string) => void;
  hint?: string;
  /** The field that has the focus when a dialog opens. */
  isFirst?: boolean;
}) {
  const [reasons] = useState(usedReasons);
  const offered = reasons.filter((reason) => reason !== value).slice(0, shownMax);
  return (
    <Stack gap={6}>
      <Textarea
        {...(isFirst && { 'data-autofocus': true })}
        label={t('block.note')}
        description={hint}
        rows={2}
        maxLength={1000}
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {offered.length > 0 && (
        <Group gap={6} role="group" aria-label={t('block.reasons')}>
          {offered.map((reason) => (
            <Button
              key={reason}
              size="compact-xs"
              variant="default"
              maw="14rem"
              onClick={() => onChange(reason)}
            >
              {reason}
            </Button>
          ))}
        </Group>
      )}
    </Stack>
  );
}
