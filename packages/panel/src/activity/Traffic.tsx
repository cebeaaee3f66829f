import type { HourOfTraffic } from '@blockhouse/client';
import { Text, VisuallyHidden } from '@mantine/core';
import { hour as hourOf, number as inWords } from '../format.ts';
import { t } from '../messages.ts';
import classes from './Traffic.module.css';

const width = 720;
const height = 120;

/** Messages by the hour: bars for the eye, a table for the ear. */
export function Traffic({ hours }: { hours: readonly HourOfTraffic[] }) {
  const top = Math.max(1, ...hours.map(({ admitted, dropped }) => admitted + dropped));
  const step = width / Math.max(1, hours.length);
  const tall = (count: number) => (count / top) * (height - 24);
  return (
    <figure className={classes['figure']}>
      <figcaption>
        <Text size="sm" fw={500}>
          {t.activity.chart}
        </Text>
        <Text size="xs" className={classes['legend'] ?? ''}>
          <span data-kind="admitted">{t.activity.admitted}</span>
          <span data-kind="dropped">{t.activity.dropped}</span>
        </Text>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} aria-hidden className={classes['chart']}>
        <line x1={0} x2={width} y1={height - 20} y2={height - 20} className={classes['axis']} />
        {hours.map(({ hour, admitted, dropped }, index) => (
          <g key={hour}>
            <title>{t.activity.hourOf(hourOf(hour), inWords(admitted), inWords(dropped))}</title>
            <rect
              data-kind="admitted"
              x={index * step + 2}
              width={step - 4}
              y={height - 20 - tall(admitted)}
              height={tall(admitted)}
            />
            <rect
              data-kind="dropped"
              x={index * step + 2}
              width={step - 4}
              y={height - 20 - tall(admitted) - tall(dropped)}
              height={tall(dropped)}
            />
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
          <caption>{t.activity.chart}</caption>
          <tbody>
            {hours.map(({ hour, admitted, dropped }) => (
              <tr key={hour}>
                <th scope="row">{hourOf(hour)}</th>
                <td>{inWords(admitted)}</td>
                <td>{inWords(dropped)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </figure>
  );
}
