import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  type ReactNode,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from 'react';
import classes from './VirtualGrid.module.css';

export interface Column<Row> {
  readonly id: string;
  readonly header: ReactNode;
  /** `tabIndex` is for what can be focused in the cell: only the active row's is in the tab order. */
  readonly cell: (row: Row, context: { readonly tabIndex: 0 | -1 }) => ReactNode;
}

interface Props<Row> {
  readonly label: string;
  readonly describedBy?: string;
  /** Says how wide the columns are: `--columns`, and the least width of them all, `--least`. */
  readonly className: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** How many there are, loaded or not. -1 when unknown. */
  readonly total: number;
  readonly keyOf: (row: Row) => string;
  /** Which rows are selected; left out where none can be. */
  readonly picked?: ReadonlySet<string>;
  readonly onPick?: (row: Row, extend: boolean) => void;
  readonly onOpen?: (row: Row) => void;
  /** Actions of letters while a row has the focus. */
  readonly letters?: Readonly<Record<string, (row: Row) => void>>;
  /** Called when the last rows that are loaded come into sight. */
  readonly onNearEnd: () => void;
}

const rowHeight = 44;
const focusable = 'button, a[href], input';

/**
 * A grid (https://www.w3.org/WAI/ARIA/apg/patterns/grid/) whose rows hold the focus, of which only those in sight are in the document.
 * One row is in the tab order (roving); it stays in the document when it is scrolled out of sight, so the focus is never lost.
 * When rows come in above, the reader's place is kept: it is anchored to a row, not to a number of pixels.
 */
export function VirtualGrid<Row>(props: Props<Row>) {
  const { label, columns, rows, total, keyOf, picked } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const found = activeKey === null ? -1 : rows.findIndex((row) => keyOf(row) === activeKey);
  const lastIndex = useRef(0);
  if (found >= 0) lastIndex.current = found;
  // When the active row is gone, the one that took its place becomes active.
  const active = found >= 0 ? found : Math.min(lastIndex.current, rows.length - 1);
  const wantsFocus = useRef(false);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    getItemKey: useCallback((index: number) => keyOf(rows[index] as Row), [rows, keyOf]),
    overscan: 10,
    scrollPaddingStart: rowHeight,
    // Rows that come in above move what is in sight out of sight; anchored, it stays.
    anchorTo: 'end',
    scrollEndThreshold: -1,
    rangeExtractor: useCallback(
      (range: Parameters<typeof defaultRangeExtractor>[0]) => {
        const indexes = defaultRangeExtractor(range);
        if (active < 0 || indexes.includes(active)) return indexes;
        return [...indexes, active].sort((a, b) => a - b);
      },
      [active],
    ),
  });

  const items = virtual.getVirtualItems();
  const range = virtual.range;
  const { onNearEnd } = props;
  const endIndex = range?.endIndex ?? 0;
  useEffect(() => {
    if (endIndex > rows.length - 200) onNearEnd();
  }, [endIndex, rows.length, onNearEnd]);

  // The row that had the focus was removed: its successor takes the focus over.
  const focusWithin = useRef(false);
  useLayoutEffect(() => {
    if (!wantsFocus.current && !(focusWithin.current && document.activeElement === document.body)) return;
    const row = scroller.current?.querySelector<HTMLElement>('[role="row"][tabindex="0"]');
    if (!row) return;
    wantsFocus.current = false;
    row.focus({ preventScroll: true });
  });

  const go = (index: number) => {
    const to = Math.max(0, Math.min(rows.length - 1, index));
    const row = rows[to];
    if (!row) return;
    setActiveKey(keyOf(row));
    wantsFocus.current = true;
    virtual.scrollToIndex(to, { align: 'auto' });
  };

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const row = rows[active];
    // Keys pressed in a menu that a cell has opened arrive here through React's tree, not through the document's.
    if (!row || event.altKey || !event.currentTarget.contains(event.target as Node)) return;
    const element = event.currentTarget.querySelector<HTMLElement>('[role="row"][tabindex="0"]');
    const onRow = event.target === element;
    const page = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - rowHeight) / rowHeight) - 1);
    const sideways = (by: 1 | -1) => {
      const stops = [element, ...(element?.querySelectorAll<HTMLElement>(focusable) ?? [])];
      stops[stops.indexOf(event.target as HTMLElement) + by]?.focus();
    };
    const turned = getComputedStyle(event.currentTarget).direction === 'rtl';
    const keys: Record<string, (() => void) | false> = {
      ArrowDown: () => go(active + 1),
      ArrowUp: () => go(active - 1),
      PageDown: () => go(active + page),
      PageUp: () => go(active - page),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      ArrowRight: () => sideways(turned ? -1 : 1),
      ArrowLeft: () => sideways(turned ? 1 : -1),
      ' ': onRow && (() => props.onPick?.(row, event.shiftKey)),
      Enter: onRow && (() => props.onOpen?.(row)),
    };
    const letter = props.letters?.[event.key.toLowerCase()];
    const act = keys[event.key] ?? (onRow && letter !== undefined && (() => letter(row)));
    if (!act || ((event.ctrlKey || event.metaKey) && !['Home', 'End'].includes(event.key))) return;
    event.preventDefault();
    act();
  };

  return (
    <div
      ref={scroller}
      role="grid"
      aria-label={label}
      aria-describedby={props.describedBy}
      {...(picked !== undefined && { 'aria-multiselectable': true })}
      aria-rowcount={total < 0 ? -1 : total + 1}
      aria-colcount={columns.length}
      className={`${classes['scroller']} ${props.className}`}
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        focusWithin.current = true;
        const key = (event.target as HTMLElement).closest<HTMLElement>('[data-key]')?.dataset['key'];
        if (key !== undefined) setActiveKey(key);
      }}
      onBlur={(event) => {
        // A removed element says null, as does a window that is left.
        if (event.relatedTarget) focusWithin.current = event.currentTarget.contains(event.relatedTarget);
      }}
    >
      <div role="rowgroup" className={classes['head']}>
        <div role="row" aria-rowindex={1} className={classes['row']}>
          {columns.map(({ id, header }, i) => (
            <div
              key={id}
              role="columnheader"
              aria-colindex={i + 1}
              data-column={id}
              className={classes['cell']}
            >
              {header}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className={classes['body']} style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          if (!row) return null;
          const key = keyOf(row);
          const tabIndex = index === active ? 0 : -1;
          return (
            <div
              key={key}
              role="row"
              data-key={key}
              tabIndex={tabIndex}
              aria-rowindex={index + 2}
              {...(picked !== undefined && { 'aria-selected': picked.has(key) })}
              className={`${classes['row']} ${classes['item']}`}
              style={{ transform: `translateY(${start}px)` }}
            >
              {columns.map(({ id, cell }, i) => (
                <div
                  key={id}
                  role="gridcell"
                  aria-colindex={i + 1}
                  data-column={id}
                  className={classes['cell']}
                >
                  {cell(row, { tabIndex })}
                </div>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
