import type { HourOfTraffic } from '@blockhouse/client';
import type { Bar } from '../activity/Traffic.tsx';

/** The beginning of the day, some days before another time, where the reader is. */
export function dayBegin(nowMs: number, daysBefore: number): Date {
  const day = new Date(nowMs);
  day.setHours(0, 0, 0, 0);
  day.setDate(day.getDate() - daysBefore);
  return day;
}

/** Messages by the day, where the reader is: a bar for each, also where there were none. */
export function barsByDay(
  hours: readonly HourOfTraffic[],
  nowMs: number,
  days: number,
  labelOf: (day: Date) => string,
): readonly Bar[] {
  return Array.from({ length: days }, (_, index) => {
    const begin = dayBegin(nowMs, days - 1 - index);
    const end = dayBegin(nowMs, days - 2 - index);
    const own = hours.filter(({ hour }) => {
      const ms = Date.parse(hour);
      return ms >= begin.getTime() && ms < end.getTime();
    });
    const sum = (kind: 'admitted' | 'dropped' | 'held') => own.reduce((total, hour) => total + hour[kind], 0);
    return {
      label: labelOf(begin),
      admitted: sum('admitted'),
      dropped: sum('dropped'),
      held: sum('held'),
    };
  });
}
