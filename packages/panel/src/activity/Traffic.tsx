import type { HourOfTraffic } from '@blockhouse/client';
import { Text, VisuallyHidden } from '@mantine/core';
import { hour as hourOf, number as inWords } from '../i18n/format.ts';
import { t } from '../i18n/messages.ts';
import classes from './Traffic.module.css';

const width = 720;
const height = 120;

/** From the bottom of a bar to its top. */
const kinds = ['admitted', 'dropped', 'held'] as const;

/** The messages of an hour or a day. */
export interface Bar extends Pick<HourOfTraffic, 'admitted' | 'dropped' | 'held'> {
  readonly label: string;
}

/** Messages by the hour. */
export function Traffic({ hours }: { hours: readonly HourOfTraffic[] }) {
  const bars = hours.map(({ hour, ...counts }) => ({ ...counts, label: hourOf(hour) }));
  return <TrafficChart title={t('activity.chart')} bars={bars} />;
}

/** Messages over time: bars for the eye, with the height of the tallest, and a table for the ear. */
export function TrafficChart({ title, bars }: { title: string; bars: readonly Bar[] }) {
  const highest = Math.max(1, ...bars.map((bar) => kinds.reduce((sum, kind) => sum + bar[kind], 0)));
  const step = width / Math.max(1, bars.length);
  const tall = (count: number) => (count / highest) * height;
  return (
    <figure className={classes['figure']}>
      <figcaption>
        <Text size="sm" fw={500}>
          {title}
        </Text>
        <Text size="xs" className={classes['legend'] ?? ''}>
          {kinds.map((kind) => (
            <span key={kind} data-kind={kind}>
              {t(`activity.${kind}`)}
            </span>
          ))}
        </Text>
      </figcaption>
      <Text size="xs" c="dimmed" aria-hidden>
        {inWords(highest)}
      </Text>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        aria-hidden
        className={classes['chart']}
      >
        <line x1={0} x2={width} y1={height} y2={height} className={classes['axis']} />
        <line x1={0} x2={width} y1={0} y2={0} className={classes['guide']} />
        {bars.map(({ label, ...counts }, index) => (
          <g key={`${label} ${index}`}>
            <title>
              {t('activity.hourOf', {
                hour: label,
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
                  y={height - below - tall(counts[kind])}
                  height={tall(counts[kind])}
                />
              );
            })}
          </g>
        ))}
      </svg>
      <div className={classes['labels']} aria-hidden>
        {[bars[0], bars[Math.floor(bars.length / 2)], bars.at(-1)].map((bar, place) => (
          <span key={place === 0 ? 'first' : place === 1 ? 'middle' : 'last'}>{bar?.label}</span>
        ))}
      </div>
      <VisuallyHidden>
        <table>
          <caption>{title}</caption>
          <thead>
            <tr>
              <td />
              {kinds.map((kind) => (
                <th key={kind} scope="col">
                  {t(`activity.${kind}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {bars.map((counts, index) => (
              <tr key={`${counts.label} ${index}`}>
                <th scope="row">{counts.label}</th>
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
