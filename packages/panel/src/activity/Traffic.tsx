import type { HourOfTraffic } from '@blockhouse/client';
import { Text, VisuallyHidden } from '@mantine/core';
import { hour as hourOf, number as inWords } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import classes from './Traffic.module.css';

const width = 720;
const height = 120;

/** From the bottom of a bar to its top. */
const kinds = ['admitted', 'dropped', 'held'] as const;

/** Messages by the hour: bars for the eye, a table for the ear. */
export function Traffic({ hours }: { hours: readonly HourOfTraffic[] }) {
  const top = Math.max(1, ...hours.map((hour) => kinds.reduce((sum, kind) => sum + hour[kind], 0)));
  const step = width / Math.max(1, hours.length);
  const tall = (count: number) => (count / top) * (height - 24);
  return (
    <figure className={classes['figure']}>
      <figcaption>
        <Text size="sm" fw={500}>
          {t('activity.chart')}
        </Text>
        <Text size="xs" className={classes['legend'] ?? ''}>
          {kinds.map((kind) => (
            <span key={kind} data-kind={kind}>
              {t(`activity.${kind}`)}
            </span>
          ))}
        </Text>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden className={classes['chart']}>
        <line x1={0} x2={width} y1={height - 20} y2={height - 20} className={classes['axis']} />
        {hours.map(({ hour, ...counts }, index) => (
          <g key={hour}>
            <title>
              {t('activity.hourOf', {
                hour: hourOf(hour),
                counts: kinds.map((kind) => `${t(`activity.${kind}`)} ${inWords(counts[kind])}`).join(', '),
              })}
            </title>
            {kinds.map((kind, place) => {
              const below = kinds.slice(0, place).reduce((sum, other) => sum + tall(counts[other]), 0);
              return (
                <rect
                  key={kind}
                  data-kind={kind}
                  x={index * step + 2}
                  width={step - 4}
                  y={height - 20 - below - tall(counts[kind])}
                  height={tall(counts[kind])}
                />
              );
            })}
            {index % 6 === 0 && (
              <text x={index * step + 2} y={height - 5} className={classes['label']}>
                {hourOf(hour)}
              </text>
            )}
          </g>
        ))}
      </svg>
      <VisuallyHidden>
        <table>
          <caption>{t('activity.chart')}</caption>
          <tbody>
            {hours.map((counts) => (
              <tr key={counts.hour}>
                <th scope="row">{hourOf(counts.hour)}</th>
                {kinds.map((kind) => (
                  <td key={kind}>{inWords(counts[kind])}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </figure>
  );
}
